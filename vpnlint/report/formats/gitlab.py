"""GitLab's code quality report (docs.gitlab.com, "Code Quality", "Code Quality report format")."""

from __future__ import annotations

from collections import Counter
from typing import Any

from vpnlint.errors import InputError
from vpnlint.files.reading import STANDARD_INPUT_NAME
from vpnlint.report.formats.json import dump_json
from vpnlint.report.plain import clean_text, make_relative
from vpnlint.report.report import Report, find_level, find_workspace
from vpnlint.results.finding import Finding

_SEVERITIES = {"error": "critical", "warning": "major", "notice": "minor", "doubt": "info"}
_UNREADABLE = "unreadable-input"


def render(report: Report) -> str:
    """Return one issue per finding and per file that could not be read."""
    numbers: Counter[str] = Counter()
    issues = [_issue(finding, numbers) for finding in report.findings]
    return dump_json([*issues, *map(_problem, report.result.problems)])


def _issue(finding: Finding, numbers: Counter[str]) -> dict[str, Any]:
    span, fingerprint = finding.span, finding.fingerprint
    numbers[fingerprint] += 1
    # GitLab drops an issue if another one has the same fingerprint.
    unique = fingerprint if numbers[fingerprint] == 1 else f"{fingerprint}-{numbers[fingerprint]}"
    return {
        "check_name": finding.rule,
        "description": clean_text(f"{finding.message}. {finding.help}"),
        "fingerprint": unique,
        "severity": _SEVERITIES[find_level(finding)],
        "location": {
            "path": _path(span.file),
            "positions": {
                "begin": {"line": span.line, "column": span.column},
                "end": {"line": span.end_line, "column": span.end_column},
            },
            "lines": {"begin": span.line, "end": span.end_line},
        },
    }


def _problem(problem: InputError) -> dict[str, Any]:
    from hashlib import sha256

    line = max(problem.line, 1)
    return {
        "check_name": _UNREADABLE,
        "description": clean_text(problem.message),
        "fingerprint": sha256(f"{_UNREADABLE}\0{problem}".encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "severity": "blocker",
        "location": {"path": _path(problem.file), "lines": {"begin": line, "end": line}},
    }


def _path(file: str) -> str:
    return "stdin" if file == STANDARD_INPUT_NAME else make_relative(file, find_workspace())
