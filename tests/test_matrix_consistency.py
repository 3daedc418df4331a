"""The leak matrix and the findings say the same of every fixture and every workload of the corpus.

Half of the fixtures' folders by each commit; all by `make properties`.
"""

from __future__ import annotations

import pytest

from tests.checkout import CORPUS, FIXTURES, NO_CORPUS, take_turn
from tests.judged_corpus import judge_corpus
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.finding import Finding, Severity
from vpnlint.results.matrix import Cell
from vpnlint.results.result import JudgedWorkload, Result

SPEAK_OF_LEAKS = {
    "client-before-vpn",
    "missing-kill-switch",
    "no-vpn",
    "public-outbound-subnets",
    "unbound-interface",
    "userspace-tailscale",
}
MUST_HOLD = ("steady", "vpn-crash", "peer-unreachable")


@pytest.fixture(scope="module", params=["fixtures", "corpus"])
def result(request: pytest.FixtureRequest) -> Result:
    if request.param == "fixtures":
        folders = sorted(path for path in FIXTURES.iterdir() if path.is_dir())
        return check([str(path) for path in take_turn(folders, of=2)], RULESET)
    if not CORPUS.is_dir():
        pytest.skip(NO_CORPUS)
    return judge_corpus().result


def findings_of(result: Result) -> list[tuple[JudgedWorkload, list[Finding]]]:
    """Return each workload with what is denied of it by rules that speak of leaks or errors, ignored or
    not."""
    files = {workload.file for workload in result.workloads}
    denied: dict[tuple[str, str], list[Finding]] = {}
    for finding in (*result.findings, *(ignored.finding for ignored in result.suppressed)):
        speaks = finding.rule in SPEAK_OF_LEAKS or finding.severity == Severity.ERROR
        if finding.answer == "deny" and speaks:
            # One that stands in a chart's template or values has no other tie to its workload than the name.
            file = finding.span.file if finding.span.file in files else ""
            denied.setdefault((file, finding.workload.rpartition("/")[2].split()[-1]), []).append(finding)
    return [
        (workload, [*denied.get((workload.file, workload.name), []), *denied.get(("", workload.name), [])])
        for workload in result.workloads
    ]


def test_what_a_rule_denies_leaks_in_some_cell(result: Result) -> None:
    spoken = [
        finding
        for _, findings in findings_of(result)
        for finding in findings
        if finding.rule in SPEAK_OF_LEAKS
    ]
    assert spoken
    print(f"{len(spoken)} denials that speak of leaks in {len(result.workloads)} workloads")
    silent = {
        f"{workload.file}: {finding.rule}"
        for workload, findings in findings_of(result)
        for finding in findings
        if finding.rule in SPEAK_OF_LEAKS
        and not any(cell.verdict == "LEAK" for cells in workload.matrix.values() for cell in cells.values())
    }
    assert silent == set()


def certainly_leaks(cell: Cell) -> bool:
    """Tell whether it leaks whatever the user knows.

    A LEAK with a condition is what a doubt is among findings.
    """
    return cell.verdict == "LEAK" and not cell.condition


def test_what_no_rule_denies_leaks_no_peers_while_it_runs(result: Result) -> None:
    leaking = {
        f"{workload.file}: {scenario}"
        for workload, findings in findings_of(result)
        if not findings
        for scenario in MUST_HOLD
        if scenario in workload.matrix and certainly_leaks(workload.matrix[scenario]["peers"])
    }
    assert leaking == set()


def test_each_judged_pod_has_a_matrix(result: Result) -> None:
    without = [workload.file for workload in result.workloads if not workload.matrix]
    judged = [workload for workload in result.workloads if workload.reason == ""]
    assert judged
    assert without == [workload.file for workload in result.workloads if workload.reason]


def test_hardly_a_cell_is_unknown(result: Result) -> None:
    """What only the user knows is a condition of a cell; at most one in twenty was measured by nobody."""
    cells = [cell for item in result.workloads for row in item.matrix.values() for cell in row.values()]
    unknown = [cell for cell in cells if cell.verdict == "unknown"]
    print(
        f"{len(unknown)} of {len(cells)} cells unknown, {sum(bool(cell.condition) for cell in cells)} on a condition"
    )
    assert len(unknown) <= len(cells) / 20
