"""Code lenses: the verdict on a workload, above its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vpnlint.report.plain import format_count
from vpnlint.report.report import LEVELS, find_level
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload


def is_about(finding: Finding, workload: JudgedWorkload) -> bool:
    """Tell whether a finding is about a workload."""
    return finding.workload == workload.title


def lens_title(workload: JudgedWorkload, findings: Iterable[Finding]) -> str:
    """Return the verdict (deny, doubt or pass), its main reason, and when packets leak.

    findings: those about the workload that are reported.
    """
    levels = Counter(map(find_level, findings))
    if levels["error"] or levels["warning"]:
        answer = "deny"
    else:
        answer = "doubt" if levels["doubt"] or workload.egress == "unknown" else "pass"
    said = ", ".join(format_count(levels[name], name) for name in LEVELS if levels[name])
    leaks = [
        scenario
        for scenario, cells in workload.matrix.items()
        if any(cell.verdict == "LEAK" and not cell.condition for cell in cells.values())
    ]
    parts = [
        f"vpnlint: {answer}" + (f" ({said})" if said else ""),
        f"egress {workload.egress}",
        *([f"LEAK at {', '.join(leaks)}"] if leaks else []),
    ]
    return " · ".join(parts)
