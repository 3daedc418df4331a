"""The report for a GitHub Actions step: annotations, and every finding as plain text in the log.

Form and escaping of a workflow command: actions/toolkit, packages/core/src/command.ts (escapeData, escapeProperty)
at 4b9afa4. The runner keeps 10 annotations of a level per step (actions/runner 2.336.0,
src/Runner.Worker/ExecutionContext.cs, _maxCountPerIssueType; actions/toolkit, docs/problem-matchers.md) and drops
columns where the lines differ (src/Runner.Worker/ActionCommandManager.cs, ValidateLinesAndColumns).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vpnlint.files.reading import STANDARD_INPUT_NAME
from vpnlint.finding import Finding, Result
from vpnlint.report.plain import clean, count, relative, shown
from vpnlint.report.text import level, summary

_LIMIT = 10
_LEVELS = {"error": "error", "warning": "warning", "doubt": "notice"}


class _Annotation(NamedTuple):
    level: str
    title: str
    message: str
    place: dict[str, str | int]


def render(result: Result, *, doubts: bool) -> str:
    """Return the workflow commands for a Result, worst first, then the log; doubts: with every doubt.

    Files are named from GITHUB_WORKSPACE on, or from the working directory where that is not set.
    """
    findings = result.findings if doubts else result.shown
    annotations = [*_findings(findings), *_problems(result)]
    lines = [*_commands(annotations), *map(_log_line, findings)]
    if result.workloads or findings:
        lines.append(summary(result, findings))
    return "".join(f"{line}\n" for line in lines)


def _findings(findings: tuple[Finding, ...]) -> Iterator[_Annotation]:
    for finding in findings:
        span = finding.span
        # A block mapping ends at the start of the line below it.
        end_line = span.end_line - 1 if span.end_column == 1 and span.end_line > span.line else span.end_line
        place: dict[str, str | int] = {"line": span.line, "endLine": end_line}
        if span.line == span.end_line:
            place |= {"col": span.column, "endColumn": span.end_column}
        message = f"{clean(finding.message)}\n{clean(finding.help)}"
        yield _Annotation(_LEVELS[level(finding)], finding.rule, message, _in_file(span.file, place))


def _problems(result: Result) -> Iterator[_Annotation]:
    for problem in result.problems:
        place: dict[str, str | int] = (
            {"line": problem.line, "col": max(problem.column, 1)} if problem.line else {}
        )
        yield _Annotation("error", "unreadable input", clean(problem.message), _in_file(problem.file, place))


def _in_file(file: str, place: dict[str, str | int]) -> dict[str, str | int]:
    if file == STANDARD_INPUT_NAME:
        return {}
    return {"file": relative(file, Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())), **place}


def _commands(annotations: list[_Annotation]) -> Iterator[str]:
    """Return as many commands of a level as the runner keeps, and a notice of how many more there are."""
    levels = [
        [annotation for annotation in annotations if annotation.level == name] for name in _LEVELS.values()
    ]
    kept = [annotation for same in levels for annotation in same[:_LIMIT]]
    left = len(annotations) - len(kept)
    if left:
        if len(levels[-1]) >= _LIMIT:
            kept.pop()
            left += 1
        kept.append(
            _Annotation("notice", "vpnlint", f"{count(left, 'more finding')}: see the log of this step", {})
        )
    return map(_command, kept)


def _command(annotation: _Annotation) -> str:
    properties = ",".join(
        f"{name}={_escape_property(str(value))}"
        for name, value in {**annotation.place, "title": annotation.title}.items()
    )
    return f"::{annotation.level} {properties}::{_escape(annotation.message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _log_line(finding: Finding) -> str:
    span = finding.span
    message = clean(f"{level(finding)}: {finding.message} [{finding.rule}]")
    return f"{shown(span.file)}:{span.line}:{span.column}: {message}"
