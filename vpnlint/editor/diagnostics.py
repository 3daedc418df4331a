"""A run's Result → diagnostics by file."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable

from lsprotocol.types import (
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    DiagnosticTag,
    Location,
)

from vpnlint.config.configuration import UNUSED_IGNORE
from vpnlint.editor.positions import TextPositions
from vpnlint.editor.uris import uri_of
from vpnlint.errors import InputError
from vpnlint.results.finding import Finding, Severity
from vpnlint.results.result import Result
from vpnlint.source.node import Span

SOURCE = "vpnlint"
_SEVERITIES = {
    Severity.ERROR: DiagnosticSeverity.Error,
    Severity.WARNING: DiagnosticSeverity.Warning,
    Severity.NOTICE: DiagnosticSeverity.Hint,
}
# Returns the places of a file (absolute).
_PositionsOf = Callable[[str], TextPositions]


def make_diagnostics(result: Result, positions_of: _PositionsOf) -> dict[str, list[Diagnostic]]:
    """Return the diagnostics of each file (absolute): findings, notices, problems and clients not judged."""
    found: dict[str, list[Diagnostic]] = defaultdict(list)
    for finding in result.select_findings(notices=True):
        found[os.path.abspath(finding.span.file)].append(make_diagnostic(finding, positions_of))
    for problem in result.problems:
        found[os.path.abspath(problem.file)].append(make_problem(problem, positions_of))
    for place in result.not_judged:
        diagnostic = make_problem(place, positions_of, DiagnosticSeverity.Information)
        found[os.path.abspath(place.file)].append(diagnostic)
    return dict(found)


def make_problem(
    problem: InputError,
    positions_of: _PositionsOf,
    severity: DiagnosticSeverity = DiagnosticSeverity.Error,
) -> Diagnostic:
    """Return the diagnostic of a problem: from its place to the end of the line."""
    line, column = max(problem.line, 1), max(problem.column, 1)
    place = Span(problem.file, line, column, line, column)
    positions = positions_of(os.path.abspath(problem.file))
    return Diagnostic(positions.range(place), problem.message, severity, source=SOURCE)


def make_diagnostic(finding: Finding, positions_of: _PositionsOf) -> Diagnostic:
    """Return the diagnostic of a finding."""
    certain = finding.answer == "deny"
    related = [
        DiagnosticRelatedInformation(
            Location(uri_of(path), positions_of(path).range(place.span)), place.message
        )
        for place in finding.related
        for path in [os.path.abspath(place.span.file)]
    ]
    return Diagnostic(
        positions_of(os.path.abspath(finding.span.file)).range(finding.span),
        f"{finding.message}\n{finding.help}" if finding.help else finding.message,
        _SEVERITIES[finding.severity] if certain else DiagnosticSeverity.Information,
        code=finding.rule,
        source=SOURCE,
        tags=[DiagnosticTag.Unnecessary] if finding.rule == UNUSED_IGNORE else None,
        related_information=related or None,
    )
