"""Gives findings their configured severity and decides which are printed by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vpnlint.results.finding import Finding, Severity


def set_severities(findings: Iterable[Finding], severities: Mapping[str, Severity]) -> list[Finding]:
    """Return the findings of one workload with these severities, by rule."""
    changed = [
        finding._replace(severity=severities.get(finding.rule, finding.severity)) for finding in findings
    ]
    return set_visibility(changed)


def set_visibility(findings: list[Finding]) -> list[Finding]:
    """Return the findings of one workload, those hidden that decide nothing.

    Hidden are notices, the doubts of warnings, and all doubts where the workload is unsafe for certain.
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
