"""Whether edits help: two Results compared, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from vpnlint.results.finding import Finding, Severity
from vpnlint.results.result import Result

# A rule, a workload and a program.
Key: TypeAlias = tuple[str, str, str]


def find_complaint(
    before: Result, after: Result, mended: Sequence[Finding], workload: str = ""
) -> tuple[str, set[str]]:
    """Return why edits do not help, and the workloads that they harm; both are empty if they help.

    Edits help if the findings that they mend are gone and no other finding is new. A new notice is accepted
    unless they mend a notice, as notices are shown only on request. workload: look at this one alone.
    """
    least = Severity.NOTICE if any(item.severity is Severity.NOTICE for item in mended) else Severity.WARNING
    old, new = count_findings(before), count_findings(after)
    stays = {key for key, count in Counter(map(finding_key, mended)).items() if new[key] > old[key] - count}
    stays = {key for key in stays if workload in ("", key[1])}
    if stays:
        return "the finding would stay", {key[1] for key in stays}
    worse = [
        key
        for answer in ("", "deny")
        for key in count_findings(after, answer, least) - count_findings(before, answer, least)
    ]
    worse = [key for key in worse if workload in ("", key[1])]
    if worse:
        return f"{worse[0][0]} would be found then", {key[1] for key in worse}
    known = {problem.message for problem in before.problems}
    problem = next((problem for problem in after.problems if problem.message not in known), None)
    if problem is not None:
        return f"it would be a problem then: {problem.message}", set()
    unknown = [item.reason for item in after.workloads if item.reason not in _reasons(before)]
    if unknown:
        return f"nothing could be judged then: {unknown[0]}", set()
    if len(after.workloads) != len(before.workloads) or len(after.not_judged) > len(before.not_judged):
        return "the workload could not be judged then", set()
    return "", set()


def _reasons(result: Result) -> set[str]:
    """Return the reasons why workloads are not judged, including the empty one."""
    return {"", *(item.reason for item in result.workloads)}


def finding_key(finding: Finding) -> Key:
    """Return what findings of one rule about one program of a workload have in common."""
    return finding.rule, finding.workload, finding.subject


def count_findings(result: Result, answer: str = "", least: Severity = Severity.NOTICE) -> Counter[Key]:
    """Count findings of at least a severity by rule, workload and program."""
    findings = (*result.findings, *(item.finding for item in result.suppressed))
    return Counter(
        finding_key(finding)
        for finding in findings
        if answer in ("", finding.answer) and finding.severity >= least
    )
