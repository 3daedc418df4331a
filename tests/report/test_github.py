"""The GitHub format against golden/*.out (see conftest.py), read back as the runner reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from vpnlint.errors import InputError
from vpnlint.report.formats.github import render
from vpnlint.report.report import Report
from vpnlint.results.finding import Finding, Severity
from vpnlint.results.result import Result
from vpnlint.source.node import Span

HOSTILE = "100%25,a:b\r\n::error file=x::y\x1b[31m ##[warning]z"


def parse(line: str) -> tuple[str, dict[str, str], str] | None:
    """Read a line as actions/runner 2.336.0 does (src/Runner.Common/ActionCommand.cs, TryParseV2)."""
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, message = line[2:].split("::", 1)
    name, _, rest = head.partition(" ")
    pairs = [pair.split("=", 1) for pair in rest.strip().split(",") if pair]
    properties = {key: unescape(value, ("%3A", ":"), ("%2C", ",")) for key, value in pairs}
    return name, properties, unescape(message)


def unescape(text: str, *more: tuple[str, str]) -> str:
    for escaped, character in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(escaped, character)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    return [command for line in text.splitlines() if (command := parse(line)) is not None]


def test_default(result: Result, golden: Callable[[str, str], None]) -> None:
    golden("github.out", render(Report(result)))


def test_hostile_text_stays_text(manifest: str, finding: Callable[..., Finding]) -> None:
    made = finding(Span(f"::{HOSTILE}", 1, 2, 1, 5), message=HOSTILE, rule=HOSTILE, text=HOSTILE)
    text = render(Report(Result((made,), (), (), 1)))
    (command,) = commands(text)
    assert command[0] == "error"
    assert command[1] == {
        "file": f"::{HOSTILE}",
        "line": "1",
        "endLine": "1",
        "col": "2",
        "endColumn": "5",
        "title": HOSTILE,
    }
    shown = "100%25,a:b  ::error file=x::y[31m ##(warning]z"
    assert command[2] == f"{shown}\n{shown}"
    # The older form of commands counts anywhere in a line that is no command of the newer form.
    assert all("##[" not in line for line in text.splitlines() if parse(line) is None)


def test_columns_only_within_one_line(manifest: str, finding: Callable[..., Finding]) -> None:
    made = tuple(finding(Span("a.yaml", *place)) for place in ((3, 5, 6, 1), (3, 5, 6, 4), (3, 5, 3, 9)))
    places = [properties for _, properties, _ in commands(render(Report(Result(made, (), (), 1))))]
    assert [(place["line"], place["endLine"], place.get("col")) for place in places] == [
        ("3", "5", None),
        ("3", "6", None),
        ("3", "3", "5"),
    ]


@pytest.mark.parametrize(
    ("errors", "warnings", "doubts", "problems", "kept"),
    [
        (10, 10, 10, 0, {"error": 10, "warning": 10, "notice": 10}),
        (11, 0, 0, 0, {"error": 10, "notice": 1}),
        (3, 12, 2, 0, {"error": 3, "warning": 10, "notice": 3}),
        (0, 0, 11, 0, {"notice": 10}),
        (11, 11, 10, 0, {"error": 10, "warning": 10, "notice": 10}),
        (8, 0, 0, 5, {"error": 10, "notice": 1}),
    ],
)
def test_at_most_ten_of_a_level_and_a_note_with_the_rest(
    errors: int,
    warnings: int,
    doubts: int,
    problems: int,
    kept: dict[str, int],
    manifest: str,
    finding: Callable[..., Finding],
) -> None:
    span = Span("a.yaml", 1, 1, 1, 2)
    made = (
        *[finding(span, answer="doubt")] * doubts,
        *[finding(span, severity=Severity.WARNING)] * warnings,
        *[finding(span)] * errors,
    )
    broken = (InputError("b.yaml", "not valid YAML", 1, 1),) * problems
    text = render(Report(Result(made, (), broken, 1)))
    found = commands(text)
    assert Counter(name for name, _, _ in found) == kept
    levels = [name for name, _, _ in found]
    assert levels == sorted(levels, key=["error", "warning", "notice"].index)
    total = errors + warnings + doubts + problems
    if total > sum(kept.values()):
        left = total - sum(kept.values()) + 1
        assert found[-1][2] == f"{left} more finding{'s' if left > 1 else ''}: see the log of this step"
    assert text.count("a.yaml:1:1: ") == errors + warnings + doubts


def test_standard_input_has_no_file(manifest: str, finding: Callable[..., Finding]) -> None:
    made = finding(Span("<stdin>", 3, 1, 3, 4))
    ((_, properties, _),) = commands(render(Report(Result((made,), (), (), 1))))
    assert properties == {"title": "missing-kill-switch"}


def test_files_are_named_from_the_workspace(
    manifest: str, finding: Callable[..., Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd()))
    monkeypatch.chdir("apps")
    text = render(Report(Result((finding(Span("qb.yaml", 1, 1, 1, 2)),), (), (), 1)))
    assert commands(text)[0][1]["file"] == "apps/qb.yaml"
    assert "\nqb.yaml:1:1: error: " in text


def test_nothing_to_say(manifest: str) -> None:
    assert render(Report(Result((), (), (), 5))) == ""
