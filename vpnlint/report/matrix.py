"""The leak matrix as text: a table per workload, then sentences about leaks and conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vpnlint.report.plain import clean_text, describe_problem, escape_path, format_count
from vpnlint.report.terminal import Line
from vpnlint.results.matrix import Cell, Matrix
from vpnlint.results.result import JudgedWorkload, Result

STYLES = {
    "LEAK": "bold red",
    "unknown": "bold magenta",
    "outside": "bold cyan",
    "tunnel": "green",
    "blocked": "green",
}
_NOT_KNOWN = "the manifests do not show how its traffic leaves"
# The verdict for names that leak only as far as the cluster's own resolver.
_CLUSTER_ONLY = "LEAK to cluster"
_GAP = 2


class Leak(NamedTuple):
    """What leaks, when and why, in a sentence without its period; and the measurement that shows it."""

    sentence: str
    evidence: str

    def __str__(self) -> str:
        """Return the sentence with the measurement behind it."""
        return f"{self.sentence} [{self.evidence}]"


def render_matrices(result: Result) -> list[Line]:
    """Return a table per workload, each followed by its LEAKs and what would stop them.

    Then come the clients without one, and if there is no client at all, a line that says so.
    """
    lines: list[Line] = []
    for workload in result.workloads:
        lines += [*([[]] if lines else []), *_describe_matrix(workload)]
    return lines + [[(text, "")] for text in list_without_matrix(result)]


def list_without_matrix(result: Result) -> list[str]:
    """Return a line for each client that cannot be judged, and one where no workload has a client."""
    lines = [describe_problem(place).rstrip("\n") for place in result.not_judged]
    if not (result.workloads or lines or result.problems):
        unapplied = len(result.not_applied)
        text = f"no torrent client in {format_count(result.files, 'file')}"
        if unapplied:
            have = "has" if unapplied == 1 else "have"
            text += f"; nothing applies {format_count(unapplied, 'file')} that {have} one"
        lines.append(text)
    return lines


def list_conditions(matrix: Matrix) -> list[str]:
    """Return the notes on uncertain cells, each once, in the order of the table.

    A note's number is its index plus one.
    """
    cells = (cell for row in matrix.values() for cell in row.values())
    return list(dict.fromkeys(note for cell in cells if (note := _write_note(cell))))


def list_changes_of_note(matrix: Matrix, note: str) -> list[str]:
    """Return the changes after which a possible LEAK is none whatever the user knows, each once."""
    cells = (cell for row in matrix.values() for cell in row.values())
    return list(dict.fromkeys(cell.change for cell in cells if cell.change and _write_note(cell) == note))


def list_settled(matrix: Matrix) -> list[str]:
    """Return what in the repository settles cells of a matrix, and where that is written, each once."""
    cells = (cell for row in matrix.values() for cell in row.values())
    return list(dict.fromkeys(cell.settled_by for cell in cells if cell.settled_by))


def describe_cell(cell: Cell, notes: Sequence[str]) -> str:
    """Return the text of a table cell: the verdict, and the number of its note if it is uncertain."""
    text = _CLUSTER_ONLY if cell.verdict == "LEAK" and cell.seen_by == "cluster" else cell.verdict
    if note := _write_note(cell):
        return f"{text}{'?' if cell.condition else ''} [{notes.index(note) + 1}]"
    return text


def find_style(cell: Cell) -> str:
    """Return the style of a cell: an uncertain one is neither red nor green."""
    return STYLES["unknown" if cell.condition else cell.verdict]


def _write_note(cell: Cell) -> str:
    """Return the note on an uncertain cell; empty for a certain one."""
    if cell.condition:
        return f"{cell.verdict} {cell.condition}"
    if cell.verdict == "outside":
        return f"outside: {cell.reason}"
    return cell.reason if cell.verdict == "unknown" else ""


def list_changes(matrix: Matrix) -> dict[str, list[Leak]]:
    """Return each change that would stop a certain LEAK (empty: none is known), with the LEAKs it stops.

    Scenarios in which the same traffic leaks for the same reason share a sentence.
    """
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for scenario, cells in matrix.items():
        for traffic, cell in cells.items():
            if cell.verdict == "LEAK" and not cell.condition:
                why = cell.reason.rpartition(", because ")[2]
                groups.setdefault((cell.change, traffic, why, cell.evidence), []).append(scenario)
    leaks: dict[str, list[Leak]] = {}
    for (change, traffic, why, evidence), scenarios in groups.items():
        single = matrix[scenarios[0]][traffic].reason
        sentence = f"{scenarios[0]}, {traffic}: {single}"
        if len(scenarios) > 1:
            sentence = f"{traffic} ({', '.join(scenarios)}): {why}"
        leaks.setdefault(change, []).append(Leak(sentence, evidence))
    return leaks


def describe_workload(workload: JudgedWorkload) -> str:
    """Return the workload's kind, name, client and egress in one line."""
    return f"{workload.title}: {workload.client}, egress {workload.egress}"


def explain_missing_matrix(workload: JudgedWorkload) -> str:
    """Return why a workload has no matrix."""
    return workload.reason or _NOT_KNOWN


def _describe_matrix(workload: JudgedWorkload) -> Iterator[Line]:
    yield [
        (f"{escape_path(workload.file)}:{workload.line}: ", "bold"),
        (clean_text(describe_workload(workload)), ""),
    ]
    if not workload.matrix:
        yield [("  unknown", STYLES["unknown"]), (clean_text(f": {explain_missing_matrix(workload)}"), "")]
        return
    notes = list_conditions(workload.matrix)
    yield from _make_table(workload.matrix, notes)
    changes = [list_changes_of_note(workload.matrix, note) for note in notes]
    for number, (note, own) in enumerate(zip(notes, changes, strict=True), 1):
        yield [(f"  [{number}]", STYLES["unknown"]), (clean_text(f" {note}"), "")]
        # What notes in a row have alike stands below the last of them, as with certain LEAKs.
        for change in own if changes[number : number + 1] != [own] else ():
            yield [("    change: ", "bold"), (clean_text(change), "")]
    for settled in list_settled(workload.matrix):
        yield [("  ipv6:", "bold"), (clean_text(f" {settled}"), "")]
    for change, leaks in list_changes(workload.matrix).items():
        for leak in leaks:
            yield [("  LEAK", STYLES["LEAK"]), (clean_text(f" {leak}"), "")]
        if change:
            yield [("    change: ", "bold"), (clean_text(change), "")]


def _make_table(matrix: Matrix, notes: Sequence[str]) -> Iterator[Line]:
    columns = list(next(iter(matrix.values())))
    texts = {
        scenario: [describe_cell(cells[traffic], notes) for traffic in columns]
        for scenario, cells in matrix.items()
    }
    first = max(map(len, matrix))
    widths = [max(map(len, column)) for column in zip(columns, *texts.values(), strict=True)]
    heads = _pad_texts(columns, widths)
    yield [(f"  {'':{first + _GAP}}{''.join(heads).rstrip()}", "dim")]
    for scenario, row in texts.items():
        styles = [find_style(matrix[scenario][traffic]) for traffic in columns]
        painted = zip(_pad_texts(row, widths), styles, strict=True)
        yield [(f"  {scenario:{first + _GAP}}", ""), *painted]


def _pad_texts(texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return the texts of a row, all but the last padded to the width of their column and a gap."""
    wide = [f"{text:{width + _GAP}}" for text, width in zip(texts, widths, strict=True)]
    return [*wide[:-1], texts[-1]]
