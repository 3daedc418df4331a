"""The report for programs, described by docs/schema/report.schema.json.

Version 2 keeps the names and meanings of version 1, except that a cell of the matrix is an object instead of
its verdict. Keys may be added within a version; removing a key or changing its meaning takes a new one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vpnlint import __version__
from vpnlint.errors import InputError
from vpnlint.report.plain import make_relative
from vpnlint.report.report import LEVELS, Report, find_level, group_findings
from vpnlint.results.finding import Finding, Suppressed, format_path
from vpnlint.results.fix import Fix, Replacement
from vpnlint.results.matrix import Matrix, Route
from vpnlint.results.result import JudgedWorkload
from vpnlint.source.node import Span

VERSION = 2


def render(report: Report) -> str:
    """Return the findings to print and everything else in the Result.

    Paths are relative to the working directory. Lines and columns start at 1 and count characters; the end is
    exclusive.
    """
    return dump_json(describe(report))


def describe(report: Report) -> dict[str, Any]:
    """Return the document that `render` prints, as plain data."""
    result = report.result
    levels = [find_level(finding) for finding in report.findings]
    edits = report.replacements()
    groups = group_findings(report.findings).values()
    others = {
        finding: [item.workload for item in group if item != finding] for group in groups for finding in group
    }
    return {
        "version": VERSION,
        "vpnlint": __version__,
        "findings": [
            {
                **_finding(finding),
                "alsoIn": others[finding],
                "fixes": _fixes(finding, edits.get(finding, ())),
            }
            for finding in report.findings
        ],
        "ignored": [_ignored(item) for item in result.suppressed],
        "workloads": [_workload(workload) for workload in result.workloads],
        "problems": [_problem(problem) for problem in result.problems],
        "notes": [_problem(note) for note in result.notes],
        "notJudged": [_problem(place) for place in result.not_judged],
        "notApplied": [make_relative(file, Path.cwd()) for file in result.not_applied],
        "summary": {
            "files": result.files,
            "workloads": len(result.workloads),
            **{f"{name}s": levels.count(name) for name in LEVELS},
            "hiddenDoubts": report.hidden_doubts,
            "hiddenNotices": report.hidden_notices,
            "ignored": len(result.suppressed),
            "fixed": result.fixed,
            "unchanged": result.unchanged,
            "stale": result.stale,
        },
    }


def dump_json(document: object, indent: int | None = 2) -> str:
    """Return JSON as vpnlint prints it.

    The GitHub runner takes `##[` anywhere in a line for a command (actions/runner 2.336.0,
    src/Runner.Common/ActionCommand.cs, TryParse); in JSON it can only stand in a string.
    """
    return json.dumps(document, indent=indent).replace("##[", "#\\u0023[") + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "answer": finding.answer,
        "message": finding.message,
        "help": finding.help,
        **_place(finding.span),
        "path": format_path(finding.path),
        "workload": finding.workload,
        "subject": finding.subject,
        "fingerprint": finding.fingerprint,
        "fix": _fix(finding.fix) if finding.fix is not None else None,
        "related": [{"message": related.message, **_place(related.span)} for related in finding.related],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    """Return a fix; action, path and value are those of its first step."""
    steps = [{"action": step.action, "path": step.path, "value": step.value} for step in fix.steps]
    return {**steps[0], "steps": steps, "safe": fix.safe, "reason": fix.reason}


def _fixes(finding: Finding, replacements: Sequence[Replacement]) -> list[dict[str, Any]]:
    """Return the edits that mend a finding, as they were judged; nothing where none are safe."""
    if not replacements:
        return []
    edits = [{**_place(item.span), "text": item.text} for item in replacements]
    return [{"description": finding.help, "safe": True, "edits": edits}]


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": make_relative(span.file, Path.cwd()),
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _ignored(item: Suppressed) -> dict[str, Any]:
    until = str(item.until) if item.until is not None else None
    return {**_finding(item.finding), "reason": item.reason, "until": until, "origin": item.origin}


def _problem(problem: InputError) -> dict[str, Any]:
    return {
        "file": make_relative(problem.file, Path.cwd()),
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
    }


def _workload(workload: JudgedWorkload) -> dict[str, Any]:
    return {
        "file": make_relative(workload.file, Path.cwd()),
        "line": workload.line,
        "kind": workload.kind,
        "namespace": workload.namespace,
        "name": workload.name,
        "client": workload.client,
        "egress": workload.egress,
        "reason": workload.reason,
        "applied": workload.applied,
        "matrix": _matrix(workload.matrix),
        "routes": [_route(route) for route in workload.routes],
    }


def _route(route: Route) -> dict[str, Any]:
    guards = [guard._asdict() for guard in route.guards]
    return {**route._asdict(), "guards": guards, "matrix": _matrix(route.matrix)}


def _matrix(matrix: Matrix) -> dict[str, Any]:
    return {
        scenario: {traffic: cell._asdict() for traffic, cell in cells.items()}
        for scenario, cells in matrix.items()
    }
