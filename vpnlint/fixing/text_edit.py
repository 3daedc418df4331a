"""Edits of a text, and the shortest ones between two texts."""

from __future__ import annotations

import difflib
from dataclasses import dataclass


class CannotEdit(Exception):
    """A text cannot be changed as wanted without touching more than that; the message says why."""


@dataclass(frozen=True)
class TextEdit:
    """The characters from start to end (offsets into a text without byte order mark) become new."""

    start: int
    end: int
    new: str


def find_edits(old: str, new: str) -> list[TextEdit]:
    """Return the edits that turn one text into another, in order, each as short as possible."""
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in old_lines:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    return [
        _trim_edit(starts[first], "".join(old_lines[first:last]), "".join(new_lines[begin:end]))
        for kind, first, last, begin, end in matcher.get_opcodes()
        if kind != "equal"
    ]


def _trim_edit(start: int, old: str, new: str) -> TextEdit:
    """Return the edit that turns `old` into `new`, without their common start and end."""
    before = _count_common(old, new)
    before -= old[:before].endswith("\r")  # no edit begins within a line break
    old, new = old[before:], new[before:]
    behind = _count_common(old[::-1], new[::-1])
    behind -= old[len(old) - behind :].startswith("\n") and "\r" in (old + new)
    return TextEdit(start + before, start + before + len(old) - behind, new[: len(new) - behind])


def _count_common(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))
