"""Changes an existing entry: its value, the name of its key, or a line of its text."""

from __future__ import annotations

import re

from vpnlint.fixing.draft import INDENT, Draft
from vpnlint.fixing.emit import Value, block_lines, flow_text, scalar_text
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit


def set_value(draft: Draft, part: Part, value: Value) -> None:
    """Replace a value; a scalar keeps its quotes. Raises CannotEdit where others share it."""
    draft.refuse_shared(part)
    start = part.end if part.start == part.end else draft.tree.content_start(part)
    if not isinstance(value, dict | list):
        quote = part.style if part.style in ("'", '"') else ""
        text = scalar_text(value, quote)
        draft.replace(start, part.end, text if start < part.end else f" {text}")
    elif part.parent is None or any(outer.is_flow for outer in part.parent.above()) or not value:
        draft.replace(start, part.end, flow_text(value) if start < part.end else f" {flow_text(value)}")
    elif part.parent.kind == "list":
        lines = draft.join_lines(block_lines(value, draft.list_indent()), draft.tree.column(start))
        draft.replace(start, part.end, lines.lstrip(" "))
    else:
        _set_block(draft, part, start, value)


def _set_block(draft: Draft, part: Part, start: int, value: Value) -> None:
    """Replace the value of a key by a block below the key."""
    key = part.key
    if key is None:
        raise CannotEdit("its place in the file is not understood")
    colon = draft.find_colon(key)
    if draft.text[colon + 1 : start].strip():
        raise CannotEdit("a comment, an anchor or a tag stands between the key and its value")
    indent = draft.tree.column(key.start)
    indent += draft.list_indent() if isinstance(value, list) else INDENT
    lines = draft.join_lines(block_lines(value, draft.list_indent()), indent)
    draft.replace(colon + 1, part.end, draft.tree.line_break + lines)


def rename_key(draft: Draft, key: Part, name: str) -> None:
    """Give a key another name. Raises CannotEdit where others share its mapping."""
    draft.refuse_shared(key)
    quote = key.style if key.style in ("'", '"') else ""
    draft.replace(draft.tree.content_start(key), key.end, scalar_text(name, quote))


def set_line(draft: Draft, start: int, end: int, key: str, value: str | None) -> None:
    """Give a key another value in lines of `KEY=VALUE` or `"KEY": VALUE`; None removes its line.

    start and end are where the lines stand. Raises CannotEdit unless one line has the key.
    """
    pattern = (
        rf'^[ \t]*"?{re.escape(key)}"?[ \t]*[=:][ \t]*(?P<value>"[^"\r\n]*"|[^",\r\n]*)[ \t]*,?[ \t]*\r?$'
    )
    matches = [
        match
        for match in re.finditer(pattern, draft.text, re.MULTILINE)
        if start <= match.start() and match.end() <= end
    ]
    if len(matches) != 1:
        raise CannotEdit(f"{len(matches)} lines of the text begin with {key}")
    (match,) = matches
    if value is None:
        draft.replace(match.start(), draft.tree.next_line(match.end()), "")
        return
    old = match["value"].rstrip()
    new = f'"{value}"' if old.startswith('"') else value
    draft.replace(match.start("value"), match.start("value") + len(old), new)
