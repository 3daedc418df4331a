"""Edits of a finding as the lines of a diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vpnlint.report.frame import Sources
from vpnlint.results.fix import Replacement


class DiffLine(NamedTuple):
    """A line of a diff: `-`, `+`, a blank for one that stays, or `@` for the place where lines stand."""

    sign: str
    text: str

    @property
    def kind(self) -> str:
        """The class that paints it."""
        return {"-": "removed", "+": "added", "@": "where"}.get(self.sign, "")


def diff_lines(replacements: Iterable[Replacement], sources: Sources) -> Iterator[DiffLine]:
    """Yield the lines that edits change, each group of them between the lines around it."""
    for edits in _group(replacements):
        file = edits[0].span.file
        lines = sources.lines(file)
        first, last = edits[0].span.line - 1, max(edit.span.end_line for edit in edits)
        old, new = lines[first:last], _apply(edits, lines[first:last], first)
        same = _count_equal(old, new)
        tail = _count_equal(old[same:][::-1], new[same:][::-1])
        first, last = first + same, last - tail
        yield DiffLine("@", f"{file}:{first + 1}")
        yield from _kept(lines[max(first - 1, 0) : first])
        yield from (DiffLine("-", line) for line in lines[first:last])
        yield from (DiffLine("+", line) for line in new[same : len(new) - tail])
        yield from _kept(lines[last : last + 1])


def _group(replacements: Iterable[Replacement]) -> Iterator[list[Replacement]]:
    """Yield the edits of each file from top to bottom, those of the same or neighbouring lines together."""
    group: list[Replacement] = []
    last = 0
    for edit in sorted(replacements, key=lambda edit: (edit.span.file, edit.span.line, edit.span.column)):
        if group and (edit.span.file != group[0].span.file or edit.span.line > last + 1):
            yield group
            group = []
        group.append(edit)
        # An edit of whole lines ends at the start of the line behind them.
        last = max(edit.span.line, edit.span.end_line - (edit.span.end_column == 1))
    if group:
        yield group


def _apply(edits: Sequence[Replacement], lines: Sequence[str], first: int) -> list[str]:
    """Return the lines with the edits made. first: how many lines of the file stand before them."""
    new = list(lines)
    for edit in reversed(edits):
        start, end = edit.span.line - 1 - first, edit.span.end_line - 1 - first
        head = new[start][: edit.span.column - 1] if start < len(new) else ""
        rest = new[end][edit.span.end_column - 1 :] if end < len(new) else ""
        new[start : end + 1] = (head + edit.text + rest).split("\n")
    return new


def _count_equal(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _kept(lines: Sequence[str]) -> Iterator[DiffLine]:
    return (DiffLine(" ", line) for line in lines if line.strip())
