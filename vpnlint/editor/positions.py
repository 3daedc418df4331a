"""Positions in texts: vpnlint's lines and columns in characters, and those of the client's encoding."""

from __future__ import annotations

from bisect import bisect_right

from lsprotocol.types import Position, PositionEncodingKind, Range

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Span

# What ends a line for libyaml (yaml_private.h, IS_BREAK), and for the protocol (LSP 3.17, textDocuments).
_YAML_BREAK = defer_pattern("\r\n|[\n\r\x85\u2028\u2029]")
_BREAK = defer_pattern("\r\n|[\n\r]")


class TextPositions:
    """Converts positions in one text between the parser's counting and the client's."""

    def __init__(self, text: str, encoding: str = PositionEncodingKind.Utf16) -> None:
        """Take the text, and the units in which the client counts the characters of a line."""
        self.text = text
        self._encoding = encoding
        self._starts = [0, *(match.end() for match in _BREAK.finditer(text))]
        self._parsed = [0, *(match.end() for match in _YAML_BREAK.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a 1-based line and column; the nearest one if they are outside of the text."""
        if line < 1:
            return 0
        if line > len(self._parsed):
            return len(self.text)
        start = self._parsed[line - 1]
        end = self._parsed[line] if line < len(self._parsed) else len(self.text)
        return min(start + max(column - 1, 0), end)

    def position(self, offset: int) -> Position:
        """Return the client's position of an offset."""
        line = bisect_right(self._starts, offset) - 1
        return Position(line, self._units(self.text[self._starts[line] : offset]))

    def range(self, span: Span) -> Range:
        """Return the client's range of a span; the rest of the line if the span is empty."""
        start = self.offset(span.line, span.column)
        end = max(self.offset(span.end_line, span.end_column), start)
        if start == end:
            end = start + len(_BREAK.split(self.text[start:], maxsplit=1)[0].rstrip())
        return Range(self.position(start), self.position(end))

    def offset_of(self, position: Position) -> int:
        """Return the offset of a client's position; the nearest one if it is outside of the text."""
        if position.line < 0:
            return 0
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        line = _BREAK.split(self.text[start:], maxsplit=1)[0]
        units = 0
        for index, character in enumerate(line):
            if units >= position.character:
                return start + index
            units += self._units(character)
        return start + len(line)

    def parsed_line(self, offset: int) -> int:
        """Return the 1-based line of an offset, as findings count lines."""
        return bisect_right(self._parsed, offset)

    def line_of(self, position: Position) -> tuple[int, str]:
        """Return the offset at which the line of a position begins, and the line without its break."""
        start = self._starts[min(max(position.line, 0), len(self._starts) - 1)]
        return start, _BREAK.split(self.text[start:], maxsplit=1)[0]

    def _units(self, text: str) -> int:
        if self._encoding == PositionEncodingKind.Utf32:
            return len(text)
        if self._encoding == PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
