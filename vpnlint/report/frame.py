"""Code frames: the lines of a file around a span, the span underlined."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from unicodedata import category, east_asian_width

from vpnlint.errors import InputError
from vpnlint.files.reading import STANDARD_INPUT_NAME, File, decode
from vpnlint.report.plain import clean_text
from vpnlint.source.compose import BREAK
from vpnlint.source.node import Span

_TAB = 4
_CUT = "…"


class Row(NamedTuple):
    """A line of a frame: its number, its text, and which cells to underline (none: both 0)."""

    number: int
    text: str
    start: int = 0
    length: int = 0


class Sources:
    """The lines of files, each file read once and kept for as long as frames of it are made."""

    def __init__(self) -> None:
        self._file = ""
        self._lines: list[str] = []

    def lines(self, file: str) -> list[str]:
        """Return the lines of `file`; none for standard input and for what is no longer a file to be read."""
        if file != self._file:
            self._file, self._lines = file, []
            path = Path(file)
            try:
                if file != STANDARD_INPUT_NAME and path.is_file():
                    self._lines = BREAK.split(decode(File(file, path.read_bytes())))
            except (OSError, InputError):
                pass  # the frame is an extra; what cannot be read is said by a problem
        return self._lines


def make_frame(lines: list[str], span: Span, width: int) -> list[Row]:
    """Return the rows that show `span`: its first line, underlined, between lines of context.

    lines: the file's. width: how many cells a row's text may take. A span outside the file has no rows.
    """
    if not 1 <= span.line <= len(lines):
        return []
    rows = [_context(lines, span.line - 1, width), _underlined(lines[span.line - 1], span, width)]
    rows.append(_context(lines, span.line + 1, width))
    return [row for row in rows if row is not None]


def _context(lines: list[str], number: int, width: int) -> Row | None:
    """Return a neighbouring line, unless there is none, or it says nothing."""
    text = lines[number - 1] if 1 <= number <= len(lines) else ""
    if not text.strip() or text.startswith(("---", "...")):
        return None
    return Row(number, _first(_visible(text[:width]) + (_CUT if len(text) > width else ""), width))


def _underlined(line: str, span: Span, width: int) -> Row:
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    end = start + len(line[start:end].rstrip())
    # A line may be as long as a file: only what can be shown of it is looked at.
    before = (_CUT if start > width else "") + _visible(line[max(start - width, 0) : start])
    marked = _visible(line[start : min(end, start + width)], _cells(before))
    marked += _CUT if end - start > width else ""
    after = _visible(line[end : end + width], _cells(before + marked)) + (
        _CUT if len(line) - end > width else ""
    )
    if _cells(before + marked + after) > width:
        if _cells(marked) > width - 2:
            marked, after = _first(marked, width - 1), ""
        free = width - _cells(marked)
        left = min(_cells(before), max(free // 2, free - _cells(after)))
        before = _last(before, left)
        after = _first(after, free - _cells(before))
    return Row(span.line, before + marked + after, _cells(before), max(_cells(marked), 1))


def _visible(text: str, column: int = 0) -> str:
    """Return `text` as it is shown from the cell `column` on: tabs as spaces, no control characters."""
    parts = text.split("\t")
    shown = clean_text(parts[0])
    for part in parts[1:]:
        shown += " " * (_TAB - (column + _cells(shown)) % _TAB) + clean_text(part)
    return shown


def _cells(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def find_offset(text: str, cells: int) -> int:
    """Return how many characters of `text` take so many cells of a terminal."""
    if text.isascii():
        return min(cells, len(text))
    count = 0
    while count < len(text) and cells > 0:
        cells -= _width(text[count])
        count += 1
    return count


def _width(character: str) -> int:
    if category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def _first(text: str, cells: int) -> str:
    """Return `text`, cut at its end to fit into so many cells."""
    if _cells(text) <= cells:
        return text
    kept, room = 0, cells - 1
    while room >= (width := _width(text[kept])):
        room -= width
        kept += 1
    return text[:kept] + _CUT if cells > 0 else ""


def _last(text: str, cells: int) -> str:
    """Return `text`, cut at its start to fit into so many cells."""
    if _cells(text) <= cells:
        return text
    kept, room = len(text), cells - 1
    while room >= (width := _width(text[kept - 1])):
        room -= width
        kept -= 1
    return _CUT + text[kept:] if cells > 0 else ""
