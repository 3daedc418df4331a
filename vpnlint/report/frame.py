"""Code frames: the lines of a file around a span, with the span underlined."""

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
    """A line of a frame: its number, its text, and the cells to underline (start and length, 0 if none)."""

    number: int
    text: str
    start: int = 0
    length: int = 0


class Sources:
    """Reads the lines of files; consecutive frames of the same file read it once."""

    def __init__(self) -> None:
        self._file = ""
        self._lines: list[str] = []

    def lines(self, file: str) -> list[str]:
        """Return the lines of `file`; none for standard input or if the file can no longer be read."""
        if file != self._file:
            self._file, self._lines = file, []
            path = Path(file)
            try:
                if file != STANDARD_INPUT_NAME and path.is_file():
                    self._lines = BREAK.split(decode(File(file, path.read_bytes())))
            except (OSError, InputError):
                pass  # a frame is optional; a problem reports that the file cannot be read
        return self._lines


def make_frame(lines: list[str], span: Span, width: int) -> list[Row]:
    """Return the rows that show `span`: its first line, underlined, between one line of context each.

    lines: the file's lines. width: how many cells a row's text may take. A span outside the file has no rows.
    """
    if not 1 <= span.line <= len(lines):
        return []
    rows = [
        _make_context_row(lines, span.line - 1, width),
        _make_underlined_row(lines[span.line - 1], span, width),
    ]
    rows.append(_make_context_row(lines, span.line + 1, width))
    return [row for row in rows if row is not None]


def _make_context_row(lines: list[str], number: int, width: int) -> Row | None:
    """Return a neighbouring line, None if there is none or it is blank or a document marker."""
    text = lines[number - 1] if 1 <= number <= len(lines) else ""
    if not text.strip() or text.startswith(("---", "...")):
        return None
    return Row(number, _cut_end(_expand_text(text[:width]) + (_CUT if len(text) > width else ""), width))


def _make_underlined_row(line: str, span: Span, width: int) -> Row:
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    end = start + len(line[start:end].rstrip())
    # A line may be as long as a file, so only the part that fits is processed.
    before = (_CUT if start > width else "") + _expand_text(line[max(start - width, 0) : start])
    marked = _expand_text(line[start : min(end, start + width)], _count_cells(before))
    marked += _CUT if end - start > width else ""
    after = _expand_text(line[end : end + width], _count_cells(before + marked)) + (
        _CUT if len(line) - end > width else ""
    )
    if _count_cells(before + marked + after) > width:
        if _count_cells(marked) > width - 2:
            marked, after = _cut_end(marked, width - 1), ""
        free = width - _count_cells(marked)
        left = min(_count_cells(before), max(free // 2, free - _count_cells(after)))
        before = _cut_start(before, left)
        after = _cut_end(after, free - _count_cells(before))
    return Row(span.line, before + marked + after, _count_cells(before), max(_count_cells(marked), 1))


def _expand_text(text: str, column: int = 0) -> str:
    """Return `text` as a terminal shows it from cell `column` on: tabs expanded, no control characters."""
    parts = text.split("\t")
    shown = clean_text(parts[0])
    for part in parts[1:]:
        shown += " " * (_TAB - (column + _count_cells(shown)) % _TAB) + clean_text(part)
    return shown


def _count_cells(text: str) -> int:
    """Return how many terminal cells `text` takes."""
    return len(text) if text.isascii() else sum(map(_measure_character, text))


def find_offset(text: str, cells: int) -> int:
    """Return how many characters of `text` take this many terminal cells."""
    if text.isascii():
        return min(cells, len(text))
    count = 0
    while count < len(text) and cells > 0:
        cells -= _measure_character(text[count])
        count += 1
    return count


def _measure_character(character: str) -> int:
    if category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def _cut_end(text: str, cells: int) -> str:
    """Return `text`, cut at its end to fit into this many cells."""
    if _count_cells(text) <= cells:
        return text
    kept, room = 0, cells - 1
    while room >= (width := _measure_character(text[kept])):
        room -= width
        kept += 1
    return text[:kept] + _CUT if cells > 0 else ""


def _cut_start(text: str, cells: int) -> str:
    """Return `text`, cut at its start to fit into this many cells."""
    if _count_cells(text) <= cells:
        return text
    kept, room = len(text), cells - 1
    while room >= (width := _measure_character(text[kept - 1])):
        room -= width
        kept -= 1
    return _CUT + text[kept:] if cells > 0 else ""
