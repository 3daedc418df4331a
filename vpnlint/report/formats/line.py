"""One line per finding, `path:line:column: level: message [rule]`, as compilers print it.

docs/matchers/vpnlint.json is the problem matcher that makes GitHub annotations of these lines
(actions/toolkit, docs/problem-matchers.md).
"""

from __future__ import annotations

from vpnlint.report.plain import clean_text, escape_path
from vpnlint.report.report import Report, find_level


def render(report: Report) -> str:
    """Return a line for each finding, in the order of files and lines."""
    lines = []
    for finding in report.findings:
        message = clean_text(f"{find_level(finding)}: {finding.message} [{finding.rule}]")
        lines.append(
            f"{escape_path(finding.span.file)}:{finding.span.line}:{finding.span.column}: {message}\n"
        )
    return "".join(lines)
