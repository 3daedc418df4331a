"""Adds entries to mappings and lists, in the style of the existing ones."""

from __future__ import annotations

from vpnlint.fixing.draft import BLANKS, INDENT, Draft
from vpnlint.fixing.emit import Value, flow_text, item_lines, pair_lines, scalar_text
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit

_EMPTY_WORDS = ("", "~", "null", "Null", "NULL")


def add_pair(draft: Draft, mapping: Part, key: str, value: Value, before: str = "") -> None:
    """Add a key to a mapping, behind its last one or before the key `before`.

    An empty value counts as a mapping. Raises CannotEdit where others share the mapping.
    """
    draft.refuse_shared(mapping)
    if _is_empty(mapping):
        _fill(draft, mapping, pair_lines(key, value, draft.list_indent()), INDENT)
    elif mapping.kind != "mapping":
        raise CannotEdit("it is no mapping where it is written")
    elif mapping.is_flow:
        _add_in_flow(draft, mapping, f"{scalar_text(key)}: {flow_text(value)}")
    else:
        column = draft.tree.column(mapping.keys[0].start)
        lines = draft.join_lines(pair_lines(key, value, draft.list_indent()), column)
        names = [item.text for item in mapping.keys]
        if before in names:
            _add_before(draft, mapping.keys[names.index(before)].start, lines)
        else:
            _add_behind(draft, mapping.items[-1], lines)


def add_item(draft: Draft, sequence: Part, value: Value, *, first: bool = False) -> None:
    """Add an item to a list, behind its last one or before the first; an empty value counts as a list.

    Raises CannotEdit where others share the list.
    """
    draft.refuse_shared(sequence)
    if _is_empty(sequence):
        _fill(draft, sequence, item_lines(value, draft.list_indent()), draft.list_indent())
    elif sequence.kind != "list":
        raise CannotEdit("it is no list where it is written")
    elif sequence.is_flow:
        if first and sequence.items:
            raise CannotEdit("it is a list in flow style, where nothing is put first")
        _add_in_flow(draft, sequence, flow_text(value))
    else:
        dash = draft.find_dash(sequence, 0)
        lines = draft.join_lines(item_lines(value, draft.list_indent()), draft.tree.column(dash))
        if first:
            _add_before(draft, dash, lines)
        else:
            _add_behind(draft, sequence.items[-1], lines)


def add_contents(draft: Draft, part: Part, value: Value, *, first: bool = False) -> None:
    """Add the entries of a value to a mapping or list, after or before the existing ones.

    Raises CannotEdit if a key exists already.
    """
    if isinstance(value, dict):
        taken = [key for key in value if part.get(key) is not None]
        if taken:
            raise CannotEdit(f"{taken[0]} is there already, in line {draft.tree.line(part.start)}")
        for key, item in value.items():
            start, kind = part.start, part.kind
            names = [name.text for name in part.keys]
            add_pair(draft, part, key, item, before=names[0] if first and names else "")
            part = draft.tree.find_start(start, kind) or part
    elif isinstance(value, list):
        start = part.start
        for item in value:
            add_item(draft, part, item, first=first)
            part = draft.tree.find_start(start, "list") or part
    else:
        raise CannotEdit("it is there already")


def _is_empty(part: Part) -> bool:
    return part.kind == "scalar" and part.text in _EMPTY_WORDS and not part.style


def _fill(draft: Draft, part: Part, lines: list[str], indent: int) -> None:
    """Put lines below a key whose value is empty."""
    key = part.key
    if key is None or any(outer.is_flow for outer in part.above()):
        raise CannotEdit("it is empty where it is written")
    if part.end > part.start:
        draft.replace(draft.find_colon(key) + 1, part.end, "")
    column = draft.tree.column(key.start)
    at = draft.tree.line_end(key.end)
    draft.replace(at, at, draft.tree.line_break + draft.join_lines(lines, column + indent))


def _add_in_flow(draft: Draft, collection: Part, text: str) -> None:
    if not collection.items:
        at = collection.end - 1
        draft.replace(at, at, text)
        return
    last = collection.items[-1].end
    match = BLANKS.match(draft.text, last)
    after = match.end() if match else last
    if draft.text[after] == ",":
        draft.replace(after + 1, after + 1, f" {text}")
    else:
        draft.replace(last, last, f", {text}")


def _add_before(draft: Draft, start: int, lines: str) -> None:
    """Put lines above an entry and its comments."""
    draft.require_line_start(start)
    at = draft.find_comments(start)
    draft.replace(at, at, lines + draft.tree.line_break)


def _add_behind(draft: Draft, last: Part, lines: str) -> None:
    """Put lines below an entry."""
    tree = draft.tree
    inner = last
    while inner.items and not inner.is_flow:
        inner = inner.items[-1]
    if draft.keeps_lines(inner):
        draft.replace(inner.tail, inner.tail, lines + tree.line_break)
        return
    at = tree.line_end(last.end)
    draft.replace(at, at, tree.line_break + lines)
