from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.errors import InputError
from vpnlint.report.formats import find_format
from vpnlint.report.formats.markdown import render_markdown_matrices
from vpnlint.report.matrix import render_matrices
from vpnlint.report.report import Report
from vpnlint.report.terminal import PLAIN, paint_lines
from vpnlint.results.result import Result


@pytest.mark.parametrize(
    "case",
    [
        "client-before-vpn/fail.client-first",
        "missing-kill-switch/fail.tailscale",
        "missing-kill-switch/fixed.tailscale",
    ],
)
def test_the_table_and_each_leak_in_words(
    case: str, golden: Callable[[str, str], None], lone_fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lone_fixtures)
    golden(
        f"matrix.{case.replace('/', '.')}.out",
        paint_lines(render_matrices(check([f"{case}.yaml"], RULESET)), PLAIN),
    )


def test_a_repository_without_a_client_says_so() -> None:
    nothing = Result((), (), (), 3)
    assert paint_lines(render_matrices(nothing), PLAIN) == "no torrent client in 3 files\n"
    assert render_markdown_matrices(nothing) == "no torrent client in 3 files\n"
    unapplied = nothing._replace(not_applied=("a.yaml",))
    told = "no torrent client in 3 files; nothing applies 1 file that has one\n"
    assert paint_lines(render_matrices(unapplied), PLAIN) == told


def test_a_client_that_cannot_be_judged_is_a_line() -> None:
    place = InputError("a.yaml", "why it cannot", 2, 3)
    result = Result((), (), (), 1, not_judged=(place,))
    for text in (paint_lines(render_matrices(result), PLAIN), render_markdown_matrices(result)):
        assert text == "a.yaml:2:3: why it cannot\n"


def test_json_holds_each_cell(lone_fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lone_fixtures)
    result = check(["client-before-vpn/fail.client-first.yaml"], RULESET)
    (workload,) = json.loads(find_format("json").render(Report(result)))["workloads"]
    assert list(workload["matrix"]) == [
        "steady",
        "start-up",
        "vpn-crash",
        "peer-unreachable",
        "vpn-restart",
        "vpn-stop",
    ]
    assert workload["matrix"]["vpn-crash"]["peers"] == {
        "verdict": "blocked",
        "reason": "gluetun-firewall",
        "evidence": "lab/gluetun-firewall-on",
        "change": "",
        "condition": "",
        "seen_by": "",
        "settled_by": "",
    }
    leak = workload["matrix"]["start-up"]["peers"]
    assert (leak["verdict"], leak["evidence"]) == ("LEAK", "lab/start-order-gluetun")
    assert leak["reason"].startswith("until gluetun is up, qbittorrent announces")
    assert "native sidecar" in leak["change"]


def test_what_cannot_be_judged_says_why(result: Result) -> None:
    text = paint_lines(render_matrices(result), PLAIN)
    assert "  unknown: vpnlint does not know the chart homemade\n" in text
    assert "  LEAK steady, peers: " in text


def test_markdown_says_what_settles_a_cell_and_what_a_condition_would_need(
    lone_fixtures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(lone_fixtures)
    cases = ("missing-kill-switch/fail.tailscale.yaml", "unguarded-ipv6/fail.dual-stack.yaml")
    without, settled = (render_markdown_matrices(check([case], RULESET)) for case in cases)
    note = without.index("3. LEAK unless the cluster gives its Pods IPv4 addresses alone\n")
    assert without[note:].splitlines()[1].startswith("   - **change:** switch IPv6 off in the Pod")
    assert "**ipv6:**" not in without
    assert "\n**ipv6:** the cluster gives its Pods IPv6 addresses: " in settled
    assert "dual\\-stack.yaml:28" in settled
