"""The text format against golden/*.out; how to write those anew: conftest.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from vpnlint.finding import Finding, Judged, Result
from vpnlint.report.text import Line, render
from vpnlint.source.node import Span

Golden = Callable[[str, str], None]


def plain(lines: list[Line]) -> str:
    return "".join("".join(text for text, _ in line) + "\n" for line in lines)


def test_default(result: Result, golden: Golden) -> None:
    golden("text.out", plain(render(result, doubts=False, verbose=False, width=100)))


def test_every_doubt_and_every_workload(result: Result, golden: Golden) -> None:
    golden("text_verbose.out", plain(render(result, doubts=True, verbose=True, width=100)))


def test_narrow(result: Result, golden: Golden) -> None:
    golden("text_narrow.out", plain(render(result, doubts=False, verbose=False, width=40)))


def test_nothing_found(result: Result) -> None:
    clean = replace(result, findings=(), workloads=result.workloads[:1], files=1)
    assert (
        plain(render(clean, doubts=False, verbose=False, width=80)) == "No findings in 1 workload (1 file).\n"
    )


def test_severities_are_told_apart_by_style(result: Result) -> None:
    parts = [part for line in render(result, doubts=False, verbose=False, width=80) for part in line]
    assert {("error", "bold red"), ("warning", "bold yellow"), ("doubt", "bold cyan")} <= set(parts)
    assert [style for text, style in parts if set(text) == {"^"}] == ["bold yellow", "bold red", "bold cyan"]


def test_the_hint_to_render_is_given_once_and_only_for_charts(result: Result) -> None:
    release = result.workloads[1]
    both = replace(result, workloads=(release, replace(release, name="other")))
    assert plain(render(both, doubts=False, verbose=False, width=80)).count("helm template") == 1
    judged = replace(release, name="other", reason="")
    text = plain(render(replace(both, workloads=(judged,)), doubts=False, verbose=False, width=80))
    assert (
        ": unknown: HelmRelease other: how its traffic leaves stands in a place that the manifests do not show\n"
        in text
    )
    assert "helm" not in text


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\rb", "a\nb", "\x9b31m", "\u202eback", "##[error]x"])
def test_nothing_hostile_is_printed(
    hostile: str, manifest: str, finding: Callable[..., Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = replace(
        finding(Span(f"{hostile}.yaml", 1, 1, 1, 2), message=hostile, rule=hostile, text=hostile),
        workload=hostile,
    )
    judged = Judged(f"{hostile}.yaml", 1, hostile, hostile, hostile, hostile, "unknown", reason=hostile)
    lines = render(Result((bad,), (judged,), (), 1), doubts=False, verbose=True, width=80)
    text = plain(lines)
    assert len(text.splitlines()) == len(lines)
    assert not set("\x1b\r\x9b\u202e") & set(text)
    assert "##[" not in text


def test_a_file_name_is_no_workflow_command(manifest: str, finding: Callable[..., Finding]) -> None:
    bad = finding(Span("::error::x.yaml", 1, 1, 1, 2))
    text = plain(render(Result((bad,), (), (), 1), doubts=False, verbose=False, width=80))
    assert text.startswith("./::error::x.yaml:1:1: error: ")
