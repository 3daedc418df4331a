"""What the page shows of each workload: its verdict, its findings with their code, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vpnlint.report.frame import Row, Sources, find_offset, make_frame
from vpnlint.report.matrix import Leak, describe_cell, find_style, list_changes, list_conditions
from vpnlint.report.page.diff import DiffLine, diff_lines
from vpnlint.report.page.verdict import LEVELS, Verdict, find_verdict
from vpnlint.report.plain import escape_path
from vpnlint.report.report import LEVELS as FINDING_LEVELS
from vpnlint.report.report import find_level
from vpnlint.results.finding import Finding, Suppressed
from vpnlint.results.fix import Replacement
from vpnlint.results.matrix import Cell, Matrix
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.ruleset.defences import Defences

_WIDTH = 160
_NOWHERE = -1
_STYLES = {
    "bold red": "leak",
    "bold magenta": "unknown",
    "bold cyan": "outside",
    "green": "safe",
}


@dataclass(frozen=True)
class Item:
    """A finding as it stands on the page.

    rows are the lines of its place, diff those of the edits that mend it. ignored holds why it is ignored,
    None where it is not.
    """

    finding: Finding
    rows: Sequence[Row]
    diff: Sequence[DiffLine] = ()
    ignored: Suppressed | None = None

    @property
    def level(self) -> str:
        """How bad it is."""
        return find_level(self.finding)

    @property
    def place(self) -> str:
        """Where it is, for people."""
        span = self.finding.span
        return f"{escape_path(span.file)}:{span.line}:{span.column}"

    @staticmethod
    def parts(row: Row) -> tuple[str, str, str]:
        """Return the text of a row before, in and behind what is underlined."""
        start, end = find_offset(row.text, row.start), find_offset(row.text, row.start + row.length)
        return row.text[:start], row.text[start:end], row.text[end:]

    @property
    def fix(self) -> str:
        """The edit that its rule proposes, in words; empty where there is none."""
        return self.finding.fix.summary if self.finding.fix is not None else ""


@dataclass(frozen=True)
class Way:
    """The way of one client's packets: its name, its matrix and the verdict on it.

    number is that of its route, _NOWHERE where the matrix is the whole Pod's.
    """

    number: int
    client: str
    matrix: Matrix
    verdict: Verdict

    @property
    def traffic(self) -> list[str]:
        """The columns of the matrix."""
        return list(next(iter(self.matrix.values()), {}))

    @property
    def leaks(self) -> dict[str, list[Leak]]:
        """What would stop certain LEAKs, with what it stops."""
        return list_changes(self.matrix)


@dataclass(frozen=True)
class Card:
    """A workload on the page.

    moments: scenario → when that is, with the names of this Pod. ways: that of each client, none where there
    is no matrix.
    """

    number: int
    workload: JudgedWorkload
    verdict: Verdict
    moments: Mapping[str, str]
    ways: Sequence[Way]
    items: Sequence[Item]

    @property
    def name(self) -> str:
        """The workload's name with its namespace."""
        return self.workload.full_name

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{escape_path(self.workload.file)}:{self.workload.line}"

    @property
    def rank(self) -> int:
        """How bad it is: 0 is worst."""
        return list(LEVELS).index(self.verdict.level)

    @cached_property
    def open_items(self) -> Sequence[Item]:
        """The findings that are certain, the worst first."""
        certain = [item for item in self.items if item.ignored is None and item.level != "doubt"]
        return sorted(certain, key=lambda item: FINDING_LEVELS.index(item.level))

    @property
    def doubts(self) -> Sequence[Item]:
        """The findings that rest on what the manifests do not show, first those that decide the verdict."""
        doubts = [item for item in self.items if item.ignored is None and item.level == "doubt"]
        return sorted(doubts, key=lambda item: not item.finding.visible)

    @property
    def ignored(self) -> Sequence[Item]:
        """The findings that somebody decided to live with."""
        return [item for item in self.items if item.ignored is not None]

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each level that there is."""
        levels = [item.level for item in self.open_items]
        return {name: levels.count(name) for name in FINDING_LEVELS if name in levels}

    @cached_property
    def notes(self) -> list[str]:
        """What the uncertain cells of the matrices rest on."""
        return list(dict.fromkeys(note for way in self.ways for note in list_conditions(way.matrix)))

    def text(self, cell: Cell) -> str:
        """Return what stands in a cell."""
        return describe_cell(cell, self.notes)

    @staticmethod
    def style(cell: Cell) -> str:
        """Return the class that paints a cell."""
        return (
            "cluster" if cell.seen_by == "cluster" and cell.verdict == "LEAK" else _STYLES[find_style(cell)]
        )


def make_items(
    result: Result, findings: Sequence[Finding], edits: Mapping[Finding, Sequence[Replacement]]
) -> list[Item]:
    """Return these findings of a result as the page shows them, and behind them those that are ignored."""
    sources = Sources()
    items = [
        Item(finding, _rows(sources, finding), tuple(diff_lines(edits.get(finding, ()), sources)))
        for finding in findings
    ]
    return items + [
        Item(held.finding, _rows(sources, held.finding), ignored=held) for held in result.suppressed
    ]


def make_cards(result: Result, items: Iterable[Item], defences: Defences) -> tuple[list[Card], list[Item]]:
    """Return a card for each workload, the worst first, and the items that are about none of them."""
    by_place: dict[int, list[Item]] = {}
    for item in items:
        by_place.setdefault(_workload_of(item.finding, result.workloads), []).append(item)
    cards = []
    for number, workload in enumerate(result.workloads):
        moments = _moments(workload, defences)
        overall, ways = find_verdict(workload, moments), _ways(workload, moments)
        cards.append(Card(number, workload, overall, moments, ways, by_place.get(number, ())))
    worst_first = sorted(cards, key=lambda card: (card.rank, not card.counts, card.number))
    return worst_first, by_place.get(_NOWHERE, [])


def _workload_of(finding: Finding, workloads: Sequence[JudgedWorkload]) -> int:
    """Return the number of the workload that a finding is about, _NOWHERE where it is none of them.

    Several may have one name, in other clusters or folders: the places of the finding tell them apart.
    """
    named = [number for number, item in enumerate(workloads) if item.title == finding.workload]
    spans = [finding.span, *(related.span for related in finding.related)]
    places = {(span.file, span.line) for span in spans}
    files = {span.file for span in spans}
    for number in named:
        if (workloads[number].file, workloads[number].line) in places:
            return number
    return next((number for number in named if workloads[number].file in files), (*named, _NOWHERE)[0])


def _ways(workload: JudgedWorkload, moments: Mapping[str, str]) -> list[Way]:
    """Return the way of each client; that of the whole Pod where nothing is known of its clients."""
    routes = [(number, route.client, route.matrix) for number, route in enumerate(workload.routes)]
    if not any(matrix for *_, matrix in routes):
        routes = [(_NOWHERE, workload.client, workload.matrix)]
    return [
        Way(number, client, matrix, find_verdict(workload._replace(matrix=matrix), moments))
        for number, client, matrix in routes
        if matrix
    ]


def _moments(workload: JudgedWorkload, defences: Defences) -> dict[str, str]:
    vpn = next((route.vpn for route in workload.routes if route.vpn), "the VPN")
    return {name: words.replace("{vpn}", vpn) for name, words in defences.scenarios.items()}


def _rows(sources: Sources, finding: Finding) -> list[Row]:
    return make_frame(sources.lines(finding.span.file), finding.span, _WIDTH)
