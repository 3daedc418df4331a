"""Removes an entry from its mapping or list, with its key or dash and the comment behind it."""

from __future__ import annotations

from vpnlint.fixing.draft import Draft
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit


def remove_entry(draft: Draft, part: Part) -> None:
    """Remove a value with its key or dash, and the collections that would be empty then.

    Raises CannotEdit where others share it.
    """
    outer = part.parent
    if outer is None:
        raise CannotEdit("it is a whole document")
    if part.anchor and draft.tree.aliases(part.anchor):
        draft.refuse_shared(part)
    if len(outer.items) == 1:
        remove_entry(draft, outer)
        return
    draft.refuse_shared(outer)
    place = outer.items.index(part)
    if outer.is_flow:
        _remove_from_flow(draft, outer, place)
        return
    start = draft.find_entry(outer, place)
    line = draft.tree.line_start(start)
    if draft.text[line:start].strip():
        # It stands behind the dash of a list's item: what comes next moves there.
        draft.replace(start, draft.find_entry(outer, place + 1), "")
        return
    end = draft.tree.next_line(draft.find_tail(part))
    if end == len(draft.text) and not draft.text.endswith(("\n", "\r")):
        line = len(draft.text[:line].removesuffix("\n").removesuffix("\r"))
    draft.replace(line, end, "")


def _remove_from_flow(draft: Draft, outer: Part, place: int) -> None:
    starts = outer.keys or outer.items
    if place + 1 < len(outer.items):
        draft.replace(starts[place].start, starts[place + 1].start, "")
    else:
        draft.replace(outer.items[place - 1].end, outer.items[place].end, "")
