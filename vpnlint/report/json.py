"""The report for programs. Version 1 is exactly what this file writes; a key more or less is a new version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vpnlint.finding import Finding, Judged, Result, format_path
from vpnlint.report.plain import relative


def render(result: Result, *, doubts: bool) -> str:
    """Return a Result as JSON: the findings that the text format shows (doubts: every doubt), and all workloads.

    Files are given from the working directory on; lines and columns are 1-based, in characters, the end exclusive.
    """
    findings = result.findings if doubts else result.shown
    report = {
        "version": 1,
        "findings": [_finding(finding) for finding in findings],
        "workloads": [_workload(workload) for workload in result.workloads],
    }
    return json.dumps(report, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "answer": finding.answer,
        "message": finding.message,
        "file": relative(finding.span.file, Path.cwd()),
        "line": finding.span.line,
        "column": finding.span.column,
        "endLine": finding.span.end_line,
        "endColumn": finding.span.end_column,
        "path": format_path(finding.path),
        "workload": finding.workload,
    }


def _workload(workload: Judged) -> dict[str, Any]:
    return {
        "file": relative(workload.file, Path.cwd()),
        "line": workload.line,
        "kind": workload.kind,
        "namespace": workload.namespace,
        "name": workload.name,
        "client": workload.client,
        "egress": workload.egress,
        "matrix": {
            scenario: {traffic: cell.verdict for traffic, cell in cells.items()}
            for scenario, cells in workload.matrix.items()
        },
    }
