"""Sets the configured severity of findings and decides which ones reports print by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vpnlint.results.finding import Finding, Severity


def set_severities(findings: Iterable[Finding], severities: Mapping[str, Severity]) -> list[Finding]:
    """Return the findings of one workload with the severities that are configured for their rules."""
    changed = [
        finding._replace(severity=severities.get(finding.rule, finding.severity)) for finding in findings
    ]
    return set_visibility(changed)


def set_visibility(findings: list[Finding]) -> list[Finding]:
    """Return the findings of one workload, with `visible` set.

    Notices and the doubts of warnings are hidden, and so are all doubts if the workload is certainly unsafe.
    """
    unsafe = any(finding.answer == "deny" and finding.severity is Severity.ERROR for finding in findings)
    return [
        finding._replace(
            visible=finding.severity is not Severity.NOTICE
            if finding.answer == "deny"
            else not unsafe and finding.severity is Severity.ERROR,
        )
        for finding in findings
    ]
