"""Patterns are compiled at their first use, so a test has to compile them all."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.checkout import PACKAGE
from vpnlint.source.deferred_pattern import defer_pattern

MODULES = sorted(
    ".".join(("vpnlint", *file.relative_to(PACKAGE).with_suffix("").parts))
    for file in PACKAGE.rglob("*.py")
    if "defer_pattern(" in file.read_text(encoding="utf-8") and file.name != "deferred_pattern.py"
)


def test_a_pattern_is_compiled_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[object] = []
    compile_pattern = re.compile

    def note(pattern: str, flags: int = 0) -> re.Pattern[str]:
        compiled.append(pattern)
        return compile_pattern(pattern, flags)

    monkeypatch.setattr(re, "compile", note)
    word = defer_pattern(r"\bword\b", re.IGNORECASE)
    assert not compiled
    assert word.search("A WORD") and not word.search("words") and word.fullmatch("word")
    assert word.sub("x", "word word") == "x x" and word.pattern == r"\bword\b"
    search = word.search
    assert search("word") and set(compiled) == {r"\bword\b"}
    assert defer_pattern(rb"\d").findall(b"1a2") == [b"1", b"2"]


@pytest.mark.parametrize("module", MODULES)
def test_every_pattern_is_one(module: str) -> None:
    """To ask for an attribute compiles the pattern, which raises re.error where it is none."""
    assert [value for value in vars(import_module(module)).values() if hasattr(value, "fullmatch")]


def test_a_mistake_in_a_pattern_is_raised() -> None:
    with pytest.raises(re.error):
        _ = defer_pattern("(").match


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_no_module_compiles_a_pattern_at_import(file: Path) -> None:
    assert not re.search(r"^\w+(: [^=\n]+)? = re\.compile\(", file.read_text(encoding="utf-8"), re.MULTILINE)
