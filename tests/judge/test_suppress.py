"""Comments that suppress a finding: with a reason, for a time, and never in silence."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.checkout import FIXTURES
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.commands.check import find_exit_code
from vpnlint.report.formats.text import render
from vpnlint.report.report import Report
from vpnlint.results.finding import Severity
from vpnlint.results.result import Result

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: torrents, namespace: media}
spec:
  containers:
    ABOVE
    - name: q BEHIND
      image: ghcr.io/linuxserver/qbittorrent:5.1.2
"""
REASON = "the VPN is on the router"
TODAY = date.today()


def judged(folder: Path, above: str = "", behind: str = "", ignores: bool = True) -> Result:
    file = folder / "pod.yaml"
    file.write_text(POD.replace("ABOVE", above).replace("BEHIND", behind))
    return check([str(file)], RULESET, ignores=ignores)


@pytest.mark.parametrize(
    "places",
    [
        {"behind": f"# vpnlint: ignore[no-vpn] {REASON}"},
        {"above": f"# vpnlint: ignore[no-vpn] {REASON}"},
        {"above": f"# vpnlint: ignore[ no-vpn ,no-vpn] {REASON}"},
        {"behind": f"# vpnlint: ignore[no-vpn] until {TODAY} {REASON}"},
    ],
)
def test_a_comment_with_a_reason_suppresses(tmp_path: Path, places: dict[str, str]) -> None:
    result = judged(tmp_path, places.get("above", ""), places.get("behind", ""))
    assert (result.findings, result.problems) == ((), ())
    assert [(item.finding.rule, item.reason) for item in result.suppressed] == [("no-vpn", REASON)]
    assert find_exit_code(result, Severity.WARNING) == 0
    assert "1 finding ignored" in render(Report(result))
    assert f"no-vpn: {REASON}" in render(Report(result, verbose=True))
    above, behind = places.get("above", ""), places.get("behind", "")
    assert judged(tmp_path, above, behind, ignores=False).findings


@pytest.mark.parametrize(
    "behind",
    [
        "",
        "# no-vpn: the VPN is on the router",
        f"# vpnlint: ignore[missing-kill-switch] {REASON}",
        f"# vpnlint: ignore[no-vpn] until {TODAY - timedelta(days=1)} {REASON}",
    ],
    ids=["none", "other", "other-rule", "expired"],
)
def test_any_other_comment_does_not(tmp_path: Path, behind: str) -> None:
    result = judged(tmp_path, behind=behind)
    found = [finding.rule for finding in result.findings if finding.rule != "unused-ignore"]
    assert (found, result.suppressed, result.problems) == (["no-vpn"], (), ())


@pytest.mark.parametrize(
    ("behind", "problem"),
    [
        ("# vpnlint: ignore[no-vpn]", "an ignored finding needs a reason behind the rule"),
        (f"# vpnlint: ignore {REASON}", "say which rules to ignore: # vpnlint: ignore[RULE] REASON"),
        (
            f"# vpnlint: ignore[no-vpn] until tomorrow {REASON}",
            "until must be a date such as 2027-01-31, not tomorrow",
        ),
    ],
)
def test_a_comment_that_is_not_as_it_must_be_is_a_problem(tmp_path: Path, behind: str, problem: str) -> None:
    result = judged(tmp_path, behind=behind)
    assert [finding.rule for finding in result.findings] == ["no-vpn"]
    assert [(found.line, found.column, found.message) for found in result.problems] == [(7, 15, problem)]
    assert find_exit_code(result, Severity.WARNING) == 2


@pytest.mark.parametrize(("above", "counts"), [("  qBittorrent.conf", True), ("  other", False)])
def test_a_comment_above_a_text_counts_for_its_lines(tmp_path: Path, above: str, counts: bool) -> None:
    fixture = (FIXTURES / "bound-to-absent-interface" / "fail.default.yaml").read_text()
    comment = f"  # vpnlint: ignore[bound-to-absent-interface] {REASON}\n"
    text = fixture.replace("data:\n", "data:\n  other: |\n    [BitTorrent]\n")
    assert f"{above}: |\n" in text
    file = tmp_path / "pod.yaml"
    file.write_text(text.replace(f"{above}: |\n", f"{comment}{above}: |\n"))
    result = check([str(file)], RULESET)
    assert ("bound-to-absent-interface" in [item.finding.rule for item in result.suppressed]) is counts


def test_of_very_many_broken_comments_the_first_are_told(tmp_path: Path) -> None:
    result = judged(tmp_path, above="# vpnlint: ignore[no-vpn]\n    " * 300)
    assert len(result.problems) == 101
    assert "200 more of these comments are wrong, from here on" in result.problems[-1].message
