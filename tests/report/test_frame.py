from __future__ import annotations

import os
from pathlib import Path

import pytest

from vpnlint.report.frame import Row, Sources, make_frame
from vpnlint.source.node import Span


def underlined(line: str, start: int, end: int, width: int = 80) -> tuple[str, str]:
    """Frame one line with a span from `start` to `end`; return it and what stands below."""
    (row,) = make_frame([line], Span("f", 1, start, 1, end), width)
    return row.text, " " * row.start + "^" * row.length


def test_context_stands_around_the_line() -> None:
    rows = make_frame(["a: 1", "b: 2", "c: 3", "d: 4"], Span("f", 2, 4, 2, 5), 80)
    assert rows == [Row(1, "a: 1"), Row(2, "b: 2", 3, 1), Row(3, "c: 3")]


@pytest.mark.parametrize("neighbour", ["", "   ", "---", "--- # next", "..."])
def test_lines_that_say_nothing_are_no_context(neighbour: str) -> None:
    assert make_frame([neighbour, "b: 2", neighbour], Span("f", 2, 1, 2, 2), 80) == [Row(2, "b: 2", 0, 1)]


def test_a_span_of_several_lines_is_underlined_on_its_first() -> None:
    rows = make_frame(["env:  ", "  A: b", "  C: d"], Span("f", 1, 1, 4, 1), 80)
    assert rows == [Row(1, "env:  ", 0, 4), Row(2, "  A: b")]


@pytest.mark.parametrize("line", [0, 3])
def test_a_span_outside_the_file_has_no_frame(line: int) -> None:
    assert make_frame(["a", "b"], Span("f", line, 1, line, 2), 80) == []


@pytest.mark.parametrize(
    ("line", "start", "end", "text", "below"),
    [
        ("key: off", 6, 9, "key: off", "     ^^^"),
        ("key:", 5, 5, "key:", "    ^"),
        ("key:", 40, 44, "key:", "    ^"),
        ("\tkey:\toff", 7, 10, "    key:    off", "            ^^^"),
        ("ä: off", 4, 7, "ä: off", "   ^^^"),
        ("名前: off", 5, 8, "名前: off", "      ^^^"),
        ("a: 名前 # c", 4, 6, "a: 名前 # c", "   ^^^^"),
        ("e\u0301: off", 5, 8, "e\u0301: off", "   ^^^"),
        ("\x1b[31ma: off", 9, 12, "[31ma: off", "       ^^^"),
        ("[red]a[/red]: off", 15, 18, "[red]a[/red]: off", "              ^^^"),
    ],
)
def test_the_underline_stands_below_the_span(line: str, start: int, end: int, text: str, below: str) -> None:
    assert underlined(line, start, end) == (text, below)


@pytest.mark.parametrize("filler", ["x", "名", "\t", "e\u0301"])
@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 500), (500, 0), (500, 500), (5, 500), (500, 5)])
@pytest.mark.parametrize("width", [20, 21, 80])
def test_a_long_line_is_cut_around_the_span(filler: str, before: int, after: int, width: int) -> None:
    line = filler * before + "HERE" + filler * after
    start = len(filler) * before + 1
    text, below = underlined(line, start, start + 4, width)
    cells = "".join("名名" if character == "名" else character for character in text if character != "\u0301")
    assert len(cells) <= width
    position = below.index("^")
    assert cells[position : position + len(below.strip())] == "HERE"
    assert ("…" in text) == (
        max(before, after) == 500 or (filler in "名\t" and before + after and width < 80)
    )
    assert text.startswith("…") or before < 500
    assert text.endswith("…") or after < 500


def test_a_long_span_is_cut_at_its_end() -> None:
    assert underlined("k: " + "x" * 500, 4, 504, 20) == ("…" + "x" * 18 + "…", " " + "^" * 19)
    assert underlined("k: " + "x" * 500 + "y" * 500, 4, 504, 20) == ("…" + "x" * 18 + "…", " " + "^" * 19)


def test_one_line_of_100_mb_is_cut_too() -> None:
    line = "x" * 100_000_000
    text, _ = underlined(line, 50_000_000, 50_000_004)
    assert len(text) == 80


def test_sources_reads_as_the_parser_does(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("\ufeffa: 1\r\nb: 2\rc: 3\x85d: ä\n".encode())
    assert Sources().lines(str(file)) == ["a: 1", "b: 2", "c: 3", "d: ä", ""]


def test_sources_has_nothing_for_what_cannot_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo.yaml")
    Path("<stdin>").write_text("a: 1")
    Path("binary.yaml").write_bytes(b"\xff\xff")
    sources = Sources()
    assert [sources.lines(name) for name in ("<stdin>", "fifo.yaml", "binary.yaml", "gone.yaml", ".")] == [
        []
    ] * 5
