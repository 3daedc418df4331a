"""The text format against golden/*.out; how to write those anew: conftest.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vpnlint.report.formats.text import render
from vpnlint.report.plain import clean_text
from vpnlint.report.report import Report
from vpnlint.report.terminal import PLAIN
from vpnlint.results.finding import Finding
from vpnlint.results.result import VALUES_ELSEWHERE, JudgedWorkload, Result
from vpnlint.source.node import Span

Golden = Callable[[str, str], None]


def told(result: Result, width: int = 80, doubts: bool = False, verbose: bool = False) -> str:
    return render(Report(result, doubts=doubts, verbose=verbose, screen=PLAIN._replace(width=width)))


def test_default(result: Result, golden: Golden) -> None:
    golden("text.out", told(result, 100))


def test_every_doubt_and_every_workload(result: Result, golden: Golden) -> None:
    golden("text_verbose.out", told(result, 100, doubts=True, verbose=True))


def test_narrow(result: Result, golden: Golden) -> None:
    golden("text_narrow.out", told(result, 40))


def test_nothing_found(result: Result) -> None:
    clean = result._replace(findings=(), workloads=result.workloads[:1], files=1)
    assert told(clean, 80) == "No findings in 1 workload (1 file).\n"


def test_severities_are_told_apart_by_style(result: Result) -> None:
    text = render(Report(result, screen=PLAIN._replace(colour=True)))
    for level, colour in (("error", 31), ("warning", 33), ("doubt", 36)):
        assert f"\x1b[1;{colour}m{level}\x1b[0m" in text
        assert f"\x1b[1;{colour}m^" in text


def test_the_hint_to_render_is_given_once_and_only_for_charts(result: Result) -> None:
    release = result.workloads[1]
    both = result._replace(workloads=(release, release._replace(name="other")))
    assert told(both, 80).count("helm template") == 1
    judged = release._replace(name="other", reason="")
    text = told(both._replace(workloads=(judged,)), 80)
    assert ": unknown: HelmRelease other: the manifests do not show how its traffic leaves\n" in text
    assert "helm" not in text


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\rb", "a\nb", "\x9b31m", "\u202eback", "##[error]x"])
def test_nothing_hostile_is_printed(
    hostile: str, manifest: str, finding: Callable[..., Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = finding(Span(f"{hostile}.yaml", 1, 1, 1, 2), message=hostile, rule=hostile, text=hostile)._replace(
        workload=hostile
    )
    judged = JudgedWorkload(
        f"{hostile}.yaml", 1, hostile, hostile, hostile, hostile, "unknown", reason=hostile
    )
    result = Result((bad,), (judged,), (), 1)
    text = told(result, verbose=True)
    harmless = text.replace(clean_text(hostile), "harmless")
    assert len(text.splitlines()) == len(harmless.split("\n")) - 1 == 7
    assert not set("\x1b\r\x9b\u202e") & set(text)
    assert "##[" not in text


def test_a_file_name_is_no_workflow_command(manifest: str, finding: Callable[..., Finding]) -> None:
    bad = finding(Span("::error::x.yaml", 1, 1, 1, 2))
    text = told(Result((bad,), (), (), 1), 80)
    assert text.startswith("./::error::x.yaml:1:1: error: ")


def test_what_two_workloads_share_is_said_once_with_both(result: Result) -> None:
    finding = result.findings[0]
    twice = [finding._replace(workload=f"Deployment {name}/qbittorrent") for name in ("one", "two")]
    text = told(result._replace(findings=tuple(twice)), 200)
    assert text.count(clean_text(finding.message)) == 1
    assert "(Deployment one/qbittorrent and Deployment two/qbittorrent)" in text
    assert "2 warnings in" in text


def test_what_differs_in_its_words_is_said_twice(result: Result) -> None:
    finding = result.findings[0]
    other = finding._replace(message=f"{finding.message} too", workload="Deployment two/qbittorrent")
    text = told(result._replace(findings=(finding, other)), 200)
    assert text.count(f"rule: {finding.rule}") == 2


def test_what_no_renderer_knows_is_asked_of_the_cluster(result: Result) -> None:
    """Values in a Secret are as unknown to helm here as to vpnlint."""
    reason = f"{VALUES_ELSEWHERE} Secret media/qb"
    secret = JudgedWorkload(
        "hr.yaml", 1, "HelmRelease", "media", "qb", "qbittorrent", "unknown", reason=reason
    )
    assert "helm get manifest" in told(result._replace(workloads=(secret,)), 200)
    other = secret._replace(reason="vpnlint does not know the chart qb")
    assert "helm template" in told(result._replace(workloads=(secret, other)), 200)
