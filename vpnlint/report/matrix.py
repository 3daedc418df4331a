"""The leak matrix as text: a table for each workload, then the reasons in words."""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.finding import Cell, Judged, Result
from vpnlint.report.plain import clean, shown
from vpnlint.report.terminal import Line

_STYLES = {"LEAK": "bold red", "unknown": "bold magenta", "tunnel": "green", "blocked": "green"}
_NOT_KNOWN = "how its traffic leaves stands in a place that the manifests do not show"


def render_matrices(result: Result) -> list[Line]:
    """Return for each workload a table of scenarios and traffic, then each LEAK in words with what would stop it."""
    lines: list[Line] = []
    for workload in result.workloads:
        lines += [*([[]] if lines else []), *_workload(workload)]
    return lines


def _workload(workload: Judged) -> Iterator[Line]:
    name = "/".join(part for part in (workload.namespace, workload.name) if part)
    about = f"{workload.kind} {name}: {workload.client}, egress {workload.egress}"
    yield [(f"{shown(workload.file)}:{workload.line}: ", "bold"), (clean(about), "")]
    if not workload.matrix:
        yield [("  unknown", _STYLES["unknown"]), (clean(f": {workload.reason or _NOT_KNOWN}"), "")]
        return
    yield from _table(workload.matrix)
    yield from _leaks(workload.matrix)
    yield from _unknown(workload.matrix)


def _table(matrix: dict[str, dict[str, Cell]]) -> Iterator[Line]:
    first = max(map(len, matrix)) + 2
    columns = list(next(iter(matrix.values())))
    yield [(f"  {'':{first}}" + "".join(f"{traffic:9}" for traffic in columns).rstrip(), "dim")]
    for scenario, cells in matrix.items():
        verdicts = [cells[traffic].verdict for traffic in columns]
        padded = [f"{verdict:9}" for verdict in verdicts[:-1]] + verdicts[-1:]
        yield [
            (f"  {scenario:{first}}", ""),
            *((text, _STYLES[verdict]) for text, verdict in zip(padded, verdicts, strict=True)),
        ]


def _leaks(matrix: dict[str, dict[str, Cell]]) -> Iterator[Line]:
    by_change: dict[str, list[Line]] = {}
    for scenario, cells in matrix.items():
        for traffic, cell in cells.items():
            if cell.verdict == "LEAK":
                sentence = f" {scenario}, {traffic}: {cell.reason} [{cell.evidence}]"
                by_change.setdefault(cell.change, []).append(
                    [("  LEAK", _STYLES["LEAK"]), (clean(sentence), "")]
                )
    for change, lines in by_change.items():
        yield from lines
        if change:
            yield [("    change: ", "bold"), (clean(change), "")]


def _unknown(matrix: dict[str, dict[str, Cell]]) -> Iterator[Line]:
    reasons: dict[str, dict[str, list[str]]] = {}
    for scenario, cells in matrix.items():
        for traffic, cell in cells.items():
            if cell.verdict == "unknown":
                reasons.setdefault(cell.reason, {}).setdefault(traffic, []).append(scenario)
    for reason, found in reasons.items():
        where = "; ".join(
            f"{traffic} ({', '.join(scenarios)})" if len(scenarios) < len(matrix) else traffic
            for traffic, scenarios in found.items()
        )
        yield [("  unknown", _STYLES["unknown"]), (clean(f" {where}: {reason}"), "")]
