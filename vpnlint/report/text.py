"""The report for people: each finding with its code frame, then what could not be judged, then one line of counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from vpnlint.finding import Finding, Judged, Result, Suppressed
from vpnlint.report.frame import Row, Sources, frame
from vpnlint.report.plain import clean, count, problem_line, shown
from vpnlint.report.terminal import STYLES

# A line is its parts, each a text and how it is painted (a style of rich, or nothing).
Line: TypeAlias = list[tuple[str, str]]

_NO_REASON = "how its traffic leaves stands in a place that the manifests do not show"
_NOT_APPLIED = "not judged: nothing applies it"
_HINT = "render the chart by --helm, or pipe in what helm printed: helm template … | vpnlint check -"


def render(result: Result, *, doubts: bool, verbose: bool, width: int) -> list[Line]:
    """Return the lines of the report.

    doubts: show every doubt. verbose: list every workload with how its traffic is meant to leave. width: cells of the terminal, or those to keep to where there is none.
    """
    findings = result.findings if doubts else result.shown
    unknown = [workload for workload in result.workloads if workload.egress == "unknown"]
    sources = Sources()
    lines = [line for finding in findings for line in _finding(finding, sources, width)]
    if verbose:
        lines += [_workload(workload) for workload in result.workloads if workload.egress != "unknown"]
        lines += [[(f"{shown(file)}: ", "bold"), (_NOT_APPLIED, "")] for file in result.not_applied]
        lines += [_suppressed(item) for item in result.suppressed]
        lines += [[(problem_line(note).rstrip("\n"), "")] for note in result.notes]
    lines += [_workload(workload) for workload in unknown]
    if any(workload.kind == "HelmRelease" and workload.reason for workload in unknown):
        lines.append([("  help: ", "bold"), (_HINT, "")])
    return [*lines, *([[]] if lines and lines[-1] else []), [(summary(result, findings), "bold")]]


def _suppressed(item: Suppressed) -> Line:
    span = item.finding.span
    until = f" until {item.until}" if item.until is not None else ""
    return [
        (f"{shown(span.file)}:{span.line}: ", "bold"),
        (clean(f"ignored{until}: {item.finding.rule}: {item.reason}"), ""),
    ]


def summary(result: Result, findings: tuple[Finding, ...]) -> str:
    """Return the line of counts for a Result of which `findings` are reported."""
    levels = [level(finding) for finding in findings]
    counts = [count(levels.count(name), name) for name in ("error", "warning", "doubt") if name in levels]
    hidden = len(result.findings) - len(findings)
    unknown = sum(workload.egress == "unknown" for workload in result.workloads)
    text = _list(counts) if counts else "No findings"
    text += f" in {count(len(result.workloads), 'workload')}"
    text += f", {unknown:,} of them unknown" if unknown else ""
    text += f", {len(result.suppressed):,} more ignored" if result.suppressed else ""
    text += f" ({count(result.files, 'file')})."
    return f"{text} {count(hidden, 'more doubt')} with --doubts." if hidden else text


def level(finding: Finding) -> str:
    """Return `error`, `warning` or `doubt`."""
    return "doubt" if finding.answer == "doubt" else str(finding.severity)


def _finding(finding: Finding, sources: Sources, width: int) -> Iterator[Line]:
    span, name = finding.span, level(finding)
    yield [
        (f"{shown(span.file)}:{span.line}:{span.column}: ", "bold"),
        (name, STYLES[name]),
        (f": {clean(finding.message)}", "bold"),
    ]
    lines = sources.lines(span.file)
    margin = max(len(str(span.line + 1)), 4) + 2
    for row in frame(lines, span, max(width - margin - 3, 20)):
        yield from _row(row, margin, STYLES[name])
    yield [("  help: ", "bold"), (clean(finding.help), "")]
    yield [("  rule: ", "bold"), (f"{clean(finding.rule)} ({clean(finding.workload)})", "")]
    yield []


def _row(row: Row, margin: int, style: str) -> Iterator[Line]:
    yield [(f"{row.number:>{margin}} | ", "dim"), (row.text.rstrip(), "")]
    if row.length:
        yield [(f"{'':>{margin}} | ", "dim"), (" " * row.start, ""), ("^" * row.length, style)]


def _workload(workload: Judged) -> Line:
    name = "/".join(part for part in (workload.namespace, workload.name) if part)
    place = (f"{shown(workload.file)}:{workload.line}: ", "bold")
    if workload.egress == "unknown":
        return [
            place,
            ("unknown", STYLES["unknown"]),
            (clean(f": {workload.kind} {name}: {workload.reason or _NO_REASON}"), ""),
        ]
    return [place, (clean(f"{workload.kind} {name}: {workload.client}, egress {workload.egress}"), "")]


def _list(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
