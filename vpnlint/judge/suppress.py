"""Ignored findings: by a comment at their place, or by the configuration.

    image: …  # vpnlint: ignore[no-vpn] the VPN is on the router
    # vpnlint: ignore[floating-image-tag] until 2027-01-31 the next release has a tag

A comment applies to its own line, or to the next one if it stands alone, and to all of a text that begins
there (`qBittorrent.conf: |`). It expires after the day of `until`. A comment or entry that suppresses nothing
is itself a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from vpnlint.config.configuration import UNUSED_IGNORE, Configuration, Egress, Ignore
from vpnlint.errors import InputError
from vpnlint.results.finding import Finding, Severity, Suppressed
from vpnlint.results.result import JudgedWorkload
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Span
from vpnlint.suggestion import suggest_name

_MARK = "vpnlint: ignore"
_COMMENT = defer_pattern(
    r"(?P<before>.*?)#\s*vpnlint: ignore(?:\[(?P<rules>[^\]]*)\])?"
    r"(?:\s+until\s+(?P<until>\S+))?(?:\s+(?P<reason>\S.*))?"
)
# The end of a line after which a block scalar stands.
_TEXT_BEGINS = defer_pattern(r": [|>][-+0-9]{0,2}\s*(#.*)?$")
# A comment at its head counts for so many lines of a text, which is more than a configuration file has.
_LONGEST = 500
# The number of broken comments of a file to report one by one; more help nobody and take seconds to print.
_MANY = 100


class _Comment(NamedTuple):
    rules: tuple[str, ...]
    line: int
    last: int
    reason: str
    until: date | None
    span: Span


class Suppression:
    """Separates the findings of a run into those to report and those to ignore."""

    def __init__(
        self,
        configuration: Configuration,
        known_rules: Iterable[str],
        text: Callable[[str], str | None],
        today: date,
    ) -> None:
        """Take the ids of all rules, and a function that returns a file's text by its name in findings."""
        self.problems: list[InputError] = []
        self.suppressed: list[Suppressed] = []
        self._configuration = configuration
        self._rules = frozenset(known_rules)
        self._text = text
        self._today = today
        self._comments: dict[str, list[_Comment]] = {}
        self._used: set[tuple[_Comment, str]] = set()
        self._used_entries: set[Ignore] = set()

    def apply(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that nothing suppresses, and add the others to `suppressed`."""
        return [finding for finding in findings if not self._is_suppressed(finding)]

    def find_unused_comments(self, files: Iterable[str]) -> Iterator[Finding]:
        """Yield a finding for each comment in these files that suppresses nothing, by rule."""
        for file in files:
            for comment in self._list_comments(file):
                for rule in comment.rules:
                    problem = self._find_complaint(comment, rule)
                    if problem:
                        yield _make_unused(comment.span, *problem)

    def find_unused_entries(self, workloads: Sequence[JudgedWorkload], *, whole: bool) -> Iterator[Finding]:
        """Yield a finding for each entry of the configuration that has expired or is unused.

        whole: whether everything that the configuration applies to was judged; only then can an entry be
        known to be unused.
        """
        entries: list[tuple[Egress | Ignore, bool]] = [
            *(
                (entry, any(self._covers(entry, workload) for workload in workloads))
                for entry in self._configuration.egress
            ),
            *((entry, entry in self._used_entries) for entry in self._configuration.ignores),
        ]
        for entry, is_used in entries:
            if entry.until is not None and entry.until < self._today:
                yield _make_unused(
                    entry.span,
                    f"this entry expired on {entry.until}",
                    "fix the cause, or give the entry a later day and the reason",
                )
            elif whole and not is_used:
                what = (
                    "ignores no finding"
                    if isinstance(entry, Ignore)
                    else "applies to no workload with a torrent client"
                )
                yield _make_unused(entry.span, f"this entry {what}", "remove it")

    def _covers(self, entry: Egress, workload: JudgedWorkload) -> bool:
        file = self._configuration.make_relative(workload.file)
        return entry.target.covers(file, workload.kind, workload.namespace, workload.name)

    def _is_suppressed(self, finding: Finding) -> bool:
        for comment in self._list_comments(finding.span.file):
            if (
                finding.rule in comment.rules
                and self._is_in_force(comment.until)
                and comment.line <= finding.span.line <= comment.last
            ):
                self._used.add((comment, finding.rule))
                self.suppressed.append(Suppressed(finding, comment.reason, comment.until))
                return True
        file = self._configuration.make_relative(finding.span.file) if self._configuration.ignores else ""
        kind, _, full = finding.workload.partition(" ")
        namespace, _, name = full.rpartition("/")
        for entry in self._configuration.ignores:
            if (
                entry.rule == finding.rule
                and self._is_in_force(entry.until)
                and entry.target.covers(file, kind, namespace, name)
            ):
                self._used_entries.add(entry)
                self.suppressed.append(Suppressed(finding, entry.reason, entry.until, "configuration"))
                return True
        return False

    def _is_in_force(self, until: date | None) -> bool:
        return until is None or self._today <= until

    def _find_complaint(self, comment: _Comment, rule: str) -> tuple[str, str] | None:
        """Return the error of a comment about a rule and its remedy; None if the comment is used."""
        if rule not in self._rules:
            return (
                f"there is no rule {rule!r} to ignore{suggest_name(rule, self._rules)}",
                "name a rule of `vpnlint rules`",
            )
        if not self._is_in_force(comment.until):
            return (
                f"this comment expired on {comment.until}",
                "fix the finding, or give a later day and the reason",
            )
        if (comment, rule) not in self._used:
            return f"{rule} finds nothing here, so the comment ignores nothing", "remove it"
        return None

    def _list_comments(self, file: str) -> list[_Comment]:
        if file not in self._comments:
            read = [*_read_comments(self._text(file) or "", file)]
            self._comments[file] = [item for item in read if not isinstance(item, InputError)]
            broken = [item for item in read if isinstance(item, InputError)]
            self.problems += broken[:_MANY]
            if len(broken) > _MANY:
                first = broken[_MANY]
                message = f"{len(broken) - _MANY:,} more of these comments are wrong, from here on"
                self.problems.append(InputError(file, message, first.line, first.column))
        return self._comments[file]


def _make_unused(span: Span, message: str, text: str) -> Finding:
    return Finding(UNUSED_IGNORE, Severity.WARNING, "deny", message, text, span, (), "")


def _read_comments(text: str, file: str) -> Iterator[_Comment | InputError]:
    if _MARK not in text:
        return
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        match = _COMMENT.match(line) if _MARK in line else None
        if match is None:
            continue
        column = len(match["before"]) + 1
        rules = tuple(
            dict.fromkeys(filter(None, (rule.strip() for rule in (match["rules"] or "").split(","))))
        )
        if not rules:
            yield InputError(
                file, "say which rules to ignore: # vpnlint: ignore[RULE] REASON", number, column
            )
            continue
        if not match["reason"]:
            yield InputError(file, "an ignored finding needs a reason behind the rule", number, column)
            continue
        try:
            until = date.fromisoformat(match["until"]) if match["until"] else None
        except ValueError:
            yield InputError(
                file, f"until must be a date such as 2027-01-31, not {match['until']}", number, column
            )
            continue
        alone = not match["before"].strip()
        span = Span(file, number, column, number, len(line.rstrip("\r")) + 1)
        first = number + alone
        yield _Comment(rules, first, _find_last(lines, first), match["reason"].strip(), until, span)


def _find_last(lines: Sequence[str], first: int) -> int:
    """Return the last line (1-based) of the text that begins on a line; the line itself if none does."""
    head = lines[first - 1] if first <= len(lines) else ""
    last = first
    if _TEXT_BEGINS.search(head):
        margin = len(head) - len(head.lstrip())
        while last < min(len(lines), first + _LONGEST) and _is_within(lines[last], margin):
            last += 1
    return last


def _is_within(line: str, margin: int) -> bool:
    return not line.strip() or len(line) - len(line.lstrip()) > margin
