"""The report for people: findings with code frames, unknown workloads, and a summary line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vpnlint.report.frame import Row, Sources, make_frame
from vpnlint.report.matrix import describe_workload, explain_missing_matrix
from vpnlint.report.pages import find_rule_page
from vpnlint.report.plain import clean_text, describe_problem, escape_path, format_count
from vpnlint.report.report import LEVELS, Report, find_level, group_findings
from vpnlint.report.terminal import STYLES, Line, Screen, paint_lines
from vpnlint.results.finding import Finding, Suppressed
from vpnlint.results.result import VALUES_ELSEWHERE, JudgedWorkload

_NOT_APPLIED = "not judged: nothing applies it"
_HINT = "render the chart with --helm, or pipe in what helm prints: helm template … | vpnlint check -"
# What no renderer knows either, the cluster does.
_HINT_VALUES = "pipe in what Helm installed: helm get manifest … | vpnlint check -"


def render(report: Report) -> str:
    """Return the report as text for its screen."""
    return paint_lines(list(_lines(report)), report.screen)


def _lines(report: Report) -> Iterator[Line]:
    result, verbose = report.result, report.verbose
    unknown = [workload for workload in result.workloads if workload.egress == "unknown"]
    sources, pages = Sources(), _rule_pages(report)
    for finding, same in group_findings(report.findings).items():
        workloads = [*dict.fromkeys(item.workload for item in same if item.workload)]
        page = pages.get(finding.rule, "")
        yield from _finding(finding, workloads, sources, report.screen, page, verbose)
    others: list[Line] = []
    if verbose:
        others += [_workload(workload) for workload in result.workloads if workload.egress != "unknown"]
        others += [[(f"{escape_path(file)}: ", "bold"), (_NOT_APPLIED, "")] for file in result.not_applied]
        others += [_suppressed(item) for item in result.suppressed]
        others += [[(describe_problem(note).rstrip("\n"), "")] for note in result.notes]
    others += [_workload(workload) for workload in unknown]
    others += [[(describe_problem(place).rstrip("\n"), "")] for place in result.not_judged]
    if reasons := [item.reason for item in unknown if item.kind == "HelmRelease" and item.reason]:
        elsewhere = all(reason.startswith(VALUES_ELSEWHERE) for reason in reasons)
        others.append([("  help: ", "bold"), (_HINT_VALUES if elsewhere else _HINT, "")])
    yield from others
    if others:
        yield []
    yield [(summarize(report), "bold")]


def _rule_pages(report: Report) -> dict[str, str]:
    """Return the address of each rule's page, or else of its file; empty if the screen shows no links."""
    if not (report.screen.links and report.findings):
        return {}
    docs = report.docs()
    return {
        rule.id: find_rule_page(docs, rule) or Path(rule.source.file).resolve().as_uri()
        for rule in report.rules()
    }


def _suppressed(item: Suppressed) -> Line:
    span = item.finding.span
    until = f" until {item.until}" if item.until is not None else ""
    return [
        (f"{escape_path(span.file)}:{span.line}: ", "bold"),
        (clean_text(f"ignored{until}: {item.finding.rule}: {item.reason}"), ""),
    ]


def summarize(report: Report) -> str:
    """Return the summary line: how many findings, workloads and files there are."""
    result = report.result
    levels = [find_level(finding) for finding in report.findings]
    counts = [format_count(levels.count(name), name) for name in LEVELS if name in levels]
    unknown = sum(workload.egress == "unknown" for workload in result.workloads)
    text = _join_parts(counts) if counts else "No findings"
    text += f" in {format_count(len(result.workloads), 'workload')}"
    text += f", {unknown:,} of them unknown" if unknown else ""
    known = sum(item.origin == "baseline" for item in result.suppressed)
    ignored = len(result.suppressed) - known
    text += f", {format_count(ignored, 'finding')} ignored" if ignored else ""
    text += f", {format_count(known, 'finding')} in the baseline" if known else ""
    text += f", {result.unchanged:,} as before" if result.unchanged else ""
    text += f", {result.fixed:,} fixed" if result.fixed else ""
    text += f" ({format_count(result.files, 'file')})."
    unfollowed = sum(workload.applied != "followed" for workload in result.workloads)
    if unfollowed:
        verb = "is" if unfollowed == 1 else "are"
        text += f" {format_count(unfollowed, 'workload')} {verb} applied by nothing that vpnlint follows."
    if result.not_applied and not report.verbose:
        verb = "is" if len(result.not_applied) == 1 else "are"
        text += (
            f" {format_count(len(result.not_applied), 'file')} with a client {verb} not applied (--verbose)."
        )
    text += (
        f" {format_count(report.hidden_doubts, 'more doubt')} with --doubts." if report.hidden_doubts else ""
    )
    text += (
        f" {format_count(report.hidden_notices, 'notice')} with --notices." if report.hidden_notices else ""
    )
    if result.stale:
        stale = format_count(result.stale, "finding")
        text += f" {stale} of the baseline no longer there: vpnlint init --baseline."
    return text


def _finding(
    finding: Finding, workloads: list[str], sources: Sources, screen: Screen, page: str, verbose: bool
) -> Iterator[Line]:
    span, name = finding.span, find_level(finding)
    yield [
        (f"{escape_path(span.file)}:{span.line}:{span.column}: ", "bold"),
        (name, STYLES[name]),
        (f": {clean_text(finding.message)}", "bold"),
    ]
    lines = sources.lines(span.file)
    margin = max(len(str(span.line + 1)), 4) + 2
    for row in make_frame(lines, span, max(screen.width - margin - 3, 20)):
        yield from _row(row, margin, STYLES[name])
    yield [("  help: ", "bold"), (clean_text(finding.help), "")]
    yield [
        ("  rule: ", "bold"),
        (clean_text(finding.rule), f"link {page}" if page else ""),
        (f" ({clean_text(_join_parts(workloads))})" if workloads else "", ""),
    ]
    if verbose:
        for related in finding.related:
            yield [
                ("  see:  ", "bold"),
                (f"{escape_path(related.span.file)}:{related.span.line}: {clean_text(related.message)}", ""),
            ]
    yield []


def _row(row: Row, margin: int, style: str) -> Iterator[Line]:
    yield [(f"{row.number:>{margin}} | ", "dim"), (row.text.rstrip(), "")]
    if row.length:
        yield [(f"{'':>{margin}} | ", "dim"), (" " * row.start, ""), ("^" * row.length, style)]


def _workload(workload: JudgedWorkload) -> Line:
    place = (f"{escape_path(workload.file)}:{workload.line}: ", "bold")
    if workload.egress == "unknown":
        return [
            place,
            ("unknown", STYLES["unknown"]),
            (clean_text(f": {workload.title}: {explain_missing_matrix(workload)}"), ""),
        ]
    return [place, (clean_text(describe_workload(workload)), "")]


def _join_parts(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
