"""Tests that regular expressions from the input mean the same as in Go, and that none takes long."""

from __future__ import annotations

import time

import pytest

from vpnlint.source.regex import matches_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("qb", "qb", True),
        ("qb", "qbittorrent", False),
        ("qb.*", "qbittorrent", True),
        ("q.", "qb", True),
        ("a|b", "b", True),
        ("(?i)QB", "qb", True),
        (r"\pL+", "ö", True),
        ("(?<n>a)b", "ab", True),
        ("[[a]--b]", "a--b]", True),
        (r"\{999999999}", "{999999999}", True),
        ("a{999999999", "a{999999999", True),
    ],
)
def test_a_pattern_counts_for_the_whole_text(pattern: str, text: str, *, expected: bool) -> None:
    assert matches_pattern(pattern, text) is expected


def test_before_a_tail_a_pattern_is_no_group() -> None:
    """Kustomize puts `^` before an image's name, and its own pattern for tags after it."""
    assert matches_pattern("a|b", "ax", ":tag")
    assert matches_pattern("a|b", "b:tag", ":tag")
    assert not matches_pattern("a|b", "b", ":tag")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)", r"invalid perl operator: \(\?="),
        (r"(a)\1", r"invalid escape sequence: \\1"),
        (r"\C", r"invalid escape sequence: \\C"),
        ("a{1001}", "invalid repetition size"),
        ("a{99999999999999999999}", "invalid repeat count"),
        ("a{1,99999999999999999999}", "invalid repeat count"),
        ("(" * 1001 + "a" + ")" * 1001, "nests too deeply"),
        ("(", "missing"),
        ("\ud800*", "is not valid text"),
    ],
)
def test_what_go_does_not_compile_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        matches_pattern(pattern, "a")


def test_no_pattern_takes_long() -> None:
    start = time.process_time()
    for pattern in ("(a+)+x", "(a|a)*x", "([a-z]+)*X", "(x+x+)+y", "(.*)*(.*)*(.*)*Y"):
        assert not matches_pattern(pattern, "a" * 10_000)
    assert time.process_time() - start < 2
