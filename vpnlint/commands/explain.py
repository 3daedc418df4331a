"""`vpnlint explain`: explains a rule, or what vpnlint reports at a line of a file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from vpnlint.admission.explanation import explain_admission
from vpnlint.check import check
from vpnlint.commands.judging import load_settings
from vpnlint.config.settings import Settings
from vpnlint.errors import UsageError
from vpnlint.files.discover import display_path
from vpnlint.report.explain import explain_rule, find_rule
from vpnlint.report.matrix import render_matrices
from vpnlint.report.pages import choose_address
from vpnlint.report.plain import clean_text, describe_problem
from vpnlint.report.report import find_level
from vpnlint.report.terminal import STYLES, Line, detect_screen, paint_lines, write_text
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.source.deferred_pattern import defer_pattern

_PLACE = defer_pattern(r"(?P<file>.+?):(?P<line>[0-9]+)(?::[0-9]+)?:?\Z")


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation. Raises UsageError for a rule or a file that does not exist."""
    place = _PLACE.match(arguments.subject)
    on = detect_screen(sys.stdout)
    if place is not None:
        return _explain_place(arguments, place["file"], int(place["line"]))
    settings = load_settings(arguments)
    ruleset = settings.ruleset
    rule = find_rule(ruleset.described_rules, arguments.subject)
    docs = choose_address(arguments.docs, settings.configuration.docs)
    write_text(
        sys.stdout,
        paint_lines(explain_rule(rule, explain_admission(rule, ruleset.catalog), on.width, docs), on),
    )
    return 0


def _explain_place(arguments: argparse.Namespace, file: str, line: int) -> int:
    if not os.path.isfile(file):
        raise UsageError(f"{file}: no such file")
    settings = load_settings(arguments, [file])
    result = check(settings.paths, settings.ruleset, configuration=settings.configuration)
    on = detect_screen(sys.stdout)
    write_text(
        sys.stdout,
        paint_lines(list(_write_explanation(result, settings, display_path(file), line, on.width)), on),
    )
    write_text(sys.stderr, "".join(map(describe_problem, result.problems)))
    return 2 if result.problems else 0


def _write_explanation(
    result: Result, settings: Settings, file: str, line: int, width: int
) -> Iterator[Line]:
    """Yield the findings at a line, the explanation of their rules, and the matrix with its evidence."""
    ignored = {item.finding: item for item in result.suppressed}
    findings = [*result.findings, *ignored]
    here = [finding for finding in findings if _is_at(finding, file, line)]
    if not here:
        lines = sorted({finding.span.line for finding in findings if display_path(finding.span.file) == file})
        others = f"; this file has findings at line {', '.join(map(str, lines))}" if lines else ""
        yield [(f"{clean_text(file)}:{line}: ", "bold"), (f"no finding here{others}", "")]
    for finding in here:
        name = find_level(finding)
        yield [
            (f"{clean_text(file)}:{finding.span.line}:{finding.span.column}: ", "bold"),
            (name, STYLES[name]),
            (f": {clean_text(finding.message)}", "bold"),
        ]
        yield [("  help: ", "bold"), (clean_text(finding.help), "")]
        for related in finding.related:
            place = f"{display_path(related.span.file)}:{related.span.line}"
            yield [("  see:  ", "bold"), (clean_text(f"{place}: {related.message}"), "")]
        if finding in ignored:
            yield [("  ignored: ", "bold"), (clean_text(ignored[finding].reason), "")]
        known = {name: rule for rule in settings.ruleset.described_rules for name in (rule.id, *rule.aliases)}
        if finding.rule in known:
            yield []
            yield from explain_rule(known[finding.rule], (), width)
        yield []
    titles = {finding.workload for finding in here}
    workloads = [workload for workload in result.workloads if workload.title in titles]
    workloads = (
        workloads or [workload for workload in result.workloads if display_path(workload.file) == file][:1]
    )
    yield from render_matrices(result._replace(workloads=tuple(workloads)))
    yield from _list_evidence(workloads)


def _list_evidence(workloads: list[JudgedWorkload]) -> Iterator[Line]:
    """Yield the measurement behind each verdict of the matrices."""
    rests: dict[tuple[str, str], list[str]] = {}
    for workload in workloads:
        for scenario, cells in workload.matrix.items():
            for traffic, cell in cells.items():
                if cell.evidence:
                    rests.setdefault((cell.evidence, cell.verdict), []).append(f"{scenario}/{traffic}")
    if rests:
        yield []
        yield [("Evidence (docs/evidence of vpnlint)", "bold")]
    for (evidence, verdict), places in rests.items():
        yield [(f"  {evidence}: ", ""), (verdict, STYLES.get(verdict, "")), (f" at {', '.join(places)}", "")]


def _is_at(finding: Finding, file: str, line: int) -> bool:
    span = finding.span
    return display_path(span.file) == file and span.line <= line <= max(span.line, span.end_line)
