"""Hover texts: the findings at a place with their rules, or a workload's matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vpnlint.report.formats.markdown import render_markdown_matrices
from vpnlint.report.plain import clean_text
from vpnlint.report.report import find_level
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.ruleset.rule import Rule

_MARKS = "\\`*_{}[]<>()#+!|~-"


def hover_text(
    findings: Sequence[Finding], workloads: Sequence[JudgedWorkload], rules: Sequence[Rule]
) -> str:
    """Return Markdown about the findings at a place and the workloads whose names stand there."""
    known = {name: rule for rule in rules for name in (rule.id, *rule.aliases)}
    parts = [_finding(finding, known.get(finding.rule)) for finding in findings]
    if workloads:
        parts += [render_markdown_matrices(Result((), tuple(workloads), (), 0)), _evidence(workloads)]
    return "\n\n---\n\n".join(filter(None, parts))


def escape_markdown(text: str) -> str:
    """Escape a text so that Markdown shows it unchanged, on one line."""
    return "".join(f"\\{character}" if character in _MARKS else character for character in clean_text(text))


def rule_text(rule: Rule) -> str:
    """Return Markdown about a rule: what it finds and why it is there."""
    return "\n\n".join((f"**{rule.id}** ({rule.severity}): {escape_markdown(rule.summary)}", *_why(rule)))


def _finding(finding: Finding, rule: Rule | None) -> str:
    lines = [
        f"**{find_level(finding)}** `{finding.rule}`: {escape_markdown(finding.message)}",
        *([f"**help:** {escape_markdown(finding.help)}"] if finding.help else []),
        *(_why(rule) if rule is not None else ()),
    ]
    return "\n\n".join(lines)


def _why(rule: Rule) -> Iterator[str]:
    yield "\n".join(escape_markdown(line) for line in rule.why.strip().splitlines())
    for title, items in (("Evidence", rule.evidence), ("References", rule.references)):
        if items:
            yield f"{title}: {', '.join(map(_reference, items))}"


def _reference(text: str) -> str:
    return f"<{text}>" if text.startswith("https://") else f"`{text}`"


def _evidence(workloads: Iterable[JudgedWorkload]) -> str:
    """Return the measurements that the matrices are based on."""
    cells = (cell for workload in workloads for row in workload.matrix.values() for cell in row.values())
    names = dict.fromkeys(cell.evidence for cell in cells if cell.evidence)
    return f"Evidence: {', '.join(f'`{name}`' for name in names)}" if names else ""
