"""The YAML of rules, catalogue and views fits the 110 columns that Python files fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.checkout import ROOT

WIDTH = 110


def list_long_lines(text: str) -> list[int]:
    """Return the numbers of lines that are too long and could be wrapped.

    A line of a single word, such as an address or a regular expression, cannot be; a literal block (`|`) must
    not be, as its line breaks are part of the value.
    """
    literal = {
        line
        for token in yaml.scan(text)
        if isinstance(token, yaml.ScalarToken) and token.style == "|"
        for line in range(token.start_mark.line + 1, token.end_mark.line)
    }
    return [
        number + 1
        for number, line in enumerate(text.splitlines())
        if len(line) > WIDTH and " " in line.strip().removeprefix("- ") and number not in literal
    ]


@pytest.mark.parametrize(
    "file", sorted((ROOT / "rules").rglob("*.yaml")), ids=lambda file: str(file.relative_to(ROOT / "rules"))
)
def test_no_line_is_too_long(file: Path) -> None:
    assert list_long_lines(file.read_text(encoding="utf-8")) == []


def test_a_line_that_could_be_wrapped_is_found() -> None:
    words, word = "a " * WIDTH, "a" * WIDTH
    text = f"""\
say: {words}
folded: >-
  {words}
literal: |
  {words}
# {words}
references:
  - https://{word}
  - {word} {word}
"""
    assert list_long_lines(text) == [1, 3, 6, 9]
