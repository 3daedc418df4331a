"""The report for a GitHub Actions step: annotations, one line in the log per finding, and the summary.

Form and escaping of a workflow command: actions/toolkit, packages/core/src/command.ts (escapeData,
escapeProperty) at 4b9afa4. The runner keeps 10 annotations of a level per step (actions/runner 2.336.0,
src/Runner.Worker/ExecutionContext.cs, _maxCountPerIssueType; actions/toolkit, docs/problem-matchers.md) and
drops the columns of an annotation that spans several lines (src/Runner.Worker/ActionCommandManager.cs,
ValidateLinesAndColumns).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vpnlint.files.reading import STANDARD_INPUT_NAME
from vpnlint.report.formats.line import format_finding
from vpnlint.report.formats.text import summarize
from vpnlint.report.plain import clean_text, format_count, make_relative
from vpnlint.report.report import Report, find_level, find_workspace
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result

# The summary of a step is Markdown: docs.github.com, "Workflow commands", "Adding a job summary".
APPENDS = ("markdown", "GITHUB_STEP_SUMMARY")
_LIMIT = 10
_LEVELS = {"error": "error", "warning": "warning", "notice": "notice", "doubt": "notice"}
_KEPT = ("error", "warning", "notice")


class _Annotation(NamedTuple):
    level: str
    title: str
    message: str
    place: dict[str, str | int]


def render(report: Report) -> str:
    """Return the workflow commands for the findings, worst first, and then the log.

    Paths are relative to GITHUB_WORKSPACE, or to the working directory if that is not set.
    """
    annotations = [*_findings(report.findings), *_problems(report.result)]
    text = "".join(f"{command}\n" for command in _commands(annotations)) + "".join(
        map(format_finding, report.findings)
    )
    if report.result.workloads or report.findings:
        text += f"{summarize(report)}\n"
    return text


def _findings(findings: tuple[Finding, ...]) -> Iterator[_Annotation]:
    for finding in findings:
        span = finding.span
        # A block mapping ends at the start of the line below it.
        end_line = span.end_line - 1 if span.end_column == 1 and span.end_line > span.line else span.end_line
        place: dict[str, str | int] = {"line": span.line, "endLine": end_line}
        if span.line == span.end_line:
            place |= {"col": span.column, "endColumn": span.end_column}
        message = f"{clean_text(finding.message)}\n{clean_text(finding.help)}"
        yield _Annotation(_LEVELS[find_level(finding)], finding.rule, message, _in_file(span.file, place))


def _problems(result: Result) -> Iterator[_Annotation]:
    for problem in result.problems:
        place: dict[str, str | int] = (
            {"line": problem.line, "col": max(problem.column, 1)} if problem.line else {}
        )
        yield _Annotation(
            "error", "unreadable input", clean_text(problem.message), _in_file(problem.file, place)
        )


def _in_file(file: str, place: dict[str, str | int]) -> dict[str, str | int]:
    if file == STANDARD_INPUT_NAME:
        return {}
    return {"file": make_relative(file, find_workspace()), **place}


def _commands(annotations: list[_Annotation]) -> Iterator[str]:
    """Return as many commands per level as the runner keeps, and a notice that counts the others."""
    levels = [[annotation for annotation in annotations if annotation.level == name] for name in _KEPT]
    kept = [annotation for same in levels for annotation in same[:_LIMIT]]
    omitted = len(annotations) - len(kept)
    if omitted:
        if len(levels[-1]) >= _LIMIT:
            kept.pop()
            omitted += 1
        kept.append(
            _Annotation(
                "notice", "vpnlint", f"{format_count(omitted, 'more finding')}: see the log of this step", {}
            )
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
