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
    """Yield what edits of whole lines change, each between the lines around it."""
    for edit in replacements:
        lines = sources.lines(edit.span.file)
        first = edit.span.line - 1
        # An edit ends before its last line, unless it takes in the end of a file without a line break.
        last = edit.span.end_line - (edit.span.end_column == 1)
        yield DiffLine("@", f"{edit.span.file}:{edit.span.line}")
        yield from _kept(lines[max(first - 1, 0) : first])
        yield from (DiffLine("-", line) for line in lines[first:last])
        yield from (DiffLine("+", line) for line in edit.text.splitlines())
        yield from _kept(lines[last : last + 1])


def _kept(lines: Sequence[str]) -> Iterator[DiffLine]:
    return (DiffLine(" ", line) for line in lines if line.strip())
