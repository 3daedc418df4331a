"""Splits a template into texts and actions (Go 1.25, text/template/parse/lex.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vpnlint.source.go_template.limits import Undecidable

_SPACE = " \t\r\n"


class TemplateAction(NamedTuple):
    """The text between two delimiters, and the same text as written, including them."""

    inside: str
    written: str


def split_template(text: str, left: str, right: str) -> Iterator[str | TemplateAction]:
    """Yield a template's texts and actions; a `-` at a delimiter trims the adjacent text.

    Raises Undecidable if an action is not closed.
    """
    position, trims = 0, False
    while (start := text.find(left, position)) >= 0:
        inside = start + len(left)
        before = text[position:start]
        before = before.lstrip(_SPACE) if trims else before
        if text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2] in _SPACE:
            before, inside = before.rstrip(_SPACE), inside + 1
        yield before
        end = _find_end(text, inside, right)
        body = text[inside:end]
        position = end + len(right)
        trims = len(body) > 1 and body[-1] == "-" and body[-2] in _SPACE
        yield TemplateAction(body[:-1] if trims else body, text[start:position])
    rest = text[position:]
    yield rest.lstrip(_SPACE) if trims else rest


def _find_end(text: str, start: int, right: str) -> int:
    """Return the end of an action: the first closing delimiter outside strings and comments."""
    position = start
    while position < len(text):
        if text.startswith(right, position):
            return position
        if text[position] in '"`':
            position = _skip_string(text, position)
        elif text.startswith("/*", position):
            position = text.find("*/", position) + 2
            if position < 2:
                break
        else:
            position += 1
    raise Undecidable("an action is not closed")


def _skip_string(text: str, start: int) -> int:
    position = start + 1
    while position < len(text) and text[position] != text[start]:
        position += 2 if text[position] == "\\" and text[start] == '"' else 1
    return position + 1
