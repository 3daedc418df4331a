"""Moves an entry from one mapping or list to another, with the comments above it."""

from __future__ import annotations

from vpnlint.fixing.draft import Draft
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit


def move_entry(draft: Draft, part: Part, target: Part | None, name: str) -> None:
    """Move an entry of a block, with the comments above it, behind the last entry of another block.

    target: where to; None: a new one of this name before the one that it leaves. Raises CannotEdit where
    it would be the last one there, or where others share it.
    """
    outer = part.parent
    if outer is None or outer.is_flow or (target is not None and target.is_flow and target.items):
        raise CannotEdit("containers in flow style are not moved")
    if len(outer.items) == 1:
        raise CannotEdit("it is the only container there")
    for shared in (part, outer, *([target] if target is not None else [])):
        draft.refuse_shared(shared)
    first = draft.find_entry(outer, outer.items.index(part))
    draft.require_line_start(first)
    start, end = draft.find_comments(first), draft.tree.next_line(draft.find_tail(part))
    if target is None or not target.items:
        if target is not None:
            raise CannotEdit(f"{name} is empty where it is written")
        _put_above(draft, outer, start, end, name)
    else:
        shift = draft.tree.column(draft.find_entry(target, 0)) - draft.tree.column(first)
        _put_behind(draft, target, start, end, shift)


def _put_above(draft: Draft, outer: Part, start: int, end: int, name: str) -> None:
    """Put the lines from start to end under a new key above the key that they are under."""
    key = outer.key
    if key is None:
        raise CannotEdit(f"{name} is empty where it is written")
    draft.require_line_start(key.start)
    head = " " * draft.tree.column(key.start) + f"{name}:" + draft.tree.line_break
    moved = _ended(draft, start, end)
    at = draft.find_comments(key.start)
    draft.replace(start, end, "")
    draft.replace(at, at, head + moved)


def _put_behind(draft: Draft, target: Part, start: int, end: int, shift: int) -> None:
    """Put the lines from start to end behind the last entry of a block, moved to the right by `shift`."""
    line_break = draft.tree.line_break
    moved = _shift_lines(_ended(draft, start, end), shift)
    at = draft.tree.next_line(draft.find_tail(target.items[-1]))
    if at <= start:
        draft.replace(start, end, "")
        draft.replace(at, at, moved)
    else:
        ends = draft.text[:at].endswith(("\n", "\r"))
        draft.replace(at, at, moved if ends else line_break + moved.rstrip("\r\n"))
        draft.replace(start, end, "")


def _ended(draft: Draft, start: int, end: int) -> str:
    """Return the lines from start to end, the last one with its line break."""
    lines = draft.text[start:end]
    return lines if lines.endswith(("\n", "\r")) else lines + draft.tree.line_break


def _shift_lines(text: str, shift: int) -> str:
    """Return lines moved to the right, or to the left; empty ones stay empty."""
    lines = text.splitlines(keepends=True)
    if shift >= 0:
        return "".join(" " * shift + line if line.strip() else line for line in lines)
    return "".join(line[-shift:] if line[:-shift].isspace() else line for line in lines)
