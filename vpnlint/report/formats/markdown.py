"""Markdown for a step's summary or a comment on a pull request.

GitHub drops a summary above 1 MiB entirely (docs.github.com, "Workflow commands", "Job summary size limits"),
and a comment above 65,536 characters, so the report leaves out what is too much and counts it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vpnlint.errors import InputError
from vpnlint.report.formats.text import summarize
from vpnlint.report.matrix import (
    describe_cell,
    describe_workload,
    explain_missing_matrix,
    list_changes,
    list_changes_of_note,
    list_conditions,
    list_settled,
    list_without_matrix,
)
from vpnlint.report.plain import clean_text, describe_problem, escape_path, format_count
from vpnlint.report.report import LEVELS, Report, find_level
from vpnlint.results.finding import Finding
from vpnlint.results.matrix import Cell
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.source.deferred_pattern import defer_pattern

_MOST = 60_000
_MARKS = {"error": "🛑", "warning": "⚠️", "notice": "💡", "doubt": "❔"}
_SPECIAL = defer_pattern(r"([\\`*_{}\[\]()<>#+!|~&-])")
# GitHub links `@name` and `#1` in rendered Markdown, however they were escaped; a word joiner prevents that.
_REFERENCE = defer_pattern(r"([@#])(?=\w)")


def render(report: Report) -> str:
    """Return the counts, a table of the findings, worst first, and each workload's matrix, folded away."""
    lines = ["### vpnlint", "", _plain(summarize(report)), ""]
    findings = sorted(report.findings, key=lambda finding: LEVELS.index(find_level(finding)))
    blocks = [_finding(finding) for finding in findings]
    head = "| | where | what | rule |\n|---|---|---|---|\n"
    text = "\n".join(lines) + ("\n" + head if blocks else "")
    kept, size = 0, len(text)
    for block in blocks:
        size += len(block)
        if size > _MOST:
            break
        text += block
        kept += 1
    if kept < len(blocks):
        text += f"\n{format_count(len(blocks) - kept, 'more finding')}: see the log.\n"
    for extra in (
        *map(_not_judged, report.result.not_judged),
        *map(_problem, report.result.problems),
        *map(_matrix, report.result.workloads),
    ):
        if len(text) + len(extra) <= _MOST:
            text += extra
    return text


def _finding(finding: Finding) -> str:
    name = find_level(finding)
    place = f"{escape_path(finding.span.file)}:{finding.span.line}"
    what = f"{_plain(finding.message)}<br>**help:** {_plain(finding.help)}"
    return f"| {_MARKS[name]} {name} | {_code(place)} | {what} | {_code(finding.rule)} |\n"


def _not_judged(place: InputError) -> str:
    return f"\n**not judged:** {_plain(describe_problem(place))}\n"


def _problem(problem: InputError) -> str:
    return f"\n**not read:** {_plain(describe_problem(problem))}\n"


def render_markdown_matrices(result: Result) -> str:
    """Return the matrices alone: tables, each followed by what leaks and what the verdict depends on."""
    tables = [f"### {_plain(describe_workload(item))}\n\n{_table(item)}" for item in result.workloads]
    return "\n".join([*tables, *(f"{_plain(line)}\n" for line in list_without_matrix(result))])


def _matrix(workload: JudgedWorkload) -> str:
    name = _plain(describe_workload(workload))
    if not workload.matrix:
        return f"\n{name}: unknown\n"
    return f"\n<details><summary>{name}</summary>\n\n{_table(workload)}\n</details>\n"


def _table(workload: JudgedWorkload) -> str:
    """Return a workload's matrix as a table with notes, or the reason why it has none."""
    if not workload.matrix:
        return f"unknown: {_plain(explain_missing_matrix(workload))}\n"
    columns = list(next(iter(workload.matrix.values())))
    notes = list_conditions(workload.matrix)
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for scenario, cells in workload.matrix.items():
        texts = [_cell(cells[column], notes) for column in columns]
        lines.append(f"| {scenario} | {' | '.join(texts)} |")
    lines.append("")
    for number, note in enumerate(notes, 1):
        lines.append(f"{number}. {_plain(note)}")
        changes = list_changes_of_note(workload.matrix, note)
        lines += [f"   - **change:** {_plain(change)}" for change in changes]
    for settled in list_settled(workload.matrix):
        lines += ["", f"**ipv6:** {_plain(settled)}"]
    for change, leaks in list_changes(workload.matrix).items():
        lines += ["", *(f"- **LEAK** {_plain(str(leak))}" for leak in leaks)]
        lines += [f"  - **change:** {_plain(change)}"] if change else []
    return "\n".join(lines).rstrip() + "\n"


def _cell(cell: Cell, notes: Sequence[str]) -> str:
    text = _plain(describe_cell(cell, notes))
    return f"**{text}**" if cell.verdict == "LEAK" and not cell.condition else text


def _plain(text: str) -> str:
    """Return a text with everything escaped that Markdown would interpret, or link as `@name`."""
    return _REFERENCE.sub("\\1\N{WORD JOINER}", _SPECIAL.sub(r"\\\1", clean_text(text).strip()))


def _code(text: str) -> str:
    """Return a text as code in a table cell."""
    return f"<code>{_html(text)}</code>"


def _html(text: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("`", "&#96;")):
        text = text.replace(character, entity)
    return re.sub(r"([*_@\\~\[\]])", lambda match: f"&#{ord(match[1])};", clean_text(text))
