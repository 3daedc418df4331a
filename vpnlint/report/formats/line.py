"""One line per finding, `path:line:column: level: message [rule]`, as compilers print it.

The problem matcher docs/matchers/vpnlint.json turns these lines into annotations on GitHub
(actions/toolkit, docs/problem-matchers.md).
"""

from __future__ import annotations

from vpnlint.report.plain import clean_text, escape_path
from vpnlint.report.report import Report, find_level
from vpnlint.results.finding import Finding


def render(report: Report) -> str:
    """Return one line per finding, in the order of files and lines."""
    return "".join(map(format_finding, report.findings))


def format_finding(finding: Finding) -> str:
    """Return the line for a finding, with its line break."""
    message = clean_text(f"{find_level(finding)}: {finding.message} [{finding.rule}]")
    return f"{escape_path(finding.span.file)}:{finding.span.line}:{finding.span.column}: {message}\n"
