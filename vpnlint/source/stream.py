"""A YAML stream → the text of each of its documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vpnlint.source.deferred_pattern import defer_pattern

_MARKER = defer_pattern(r"^(?:(?:---|\.\.\.)(?=[ \t\r\n]|\Z)|%)", re.MULTILINE)
_BLANKS = defer_pattern(r"(?:[ \t]*(?:#[^\r\n]*)?[\r\n]+)*")


def is_one_document(text: str) -> bool:
    """Tell whether a stream holds no mark that might begin another document."""
    return "\n---" not in text and "\n..." not in text and "%" not in text


def split_documents(text: str) -> Iterator[str]:
    """Yield the text of each document of a stream, including the directives and comments before it."""
    if is_one_document(text):
        yield text
        return
    start, directives, head = 0, False, _skip_blanks(text, 0)
    for match in _MARKER.finditer(text):
        at = match.start()
        if match[0] == "...":
            end = text.find("\n", at) + 1 or len(text)
            yield text[start:end]
            start, head = end, _skip_blanks(text, end)
        elif match[0] == "---" or at == head:
            # This line begins a document unless directives have begun it; `%` anywhere else is text.
            if not directives and at > start:
                yield text[start:at]
                start = at
            directives = match[0] == "%"
    yield text[start:]


def _skip_blanks(text: str, start: int) -> int:
    match = _BLANKS.match(text, start)
    return match.end() if match else start
