"""Markdown for a step's summary or a comment on a pull request.

GitHub drops a summary above 1 MiB whole (docs.github.com, "Workflow commands", "Job summary size limits") and a comment
above 65,536 characters, so that what is too much is left out, and counted.
"""

from __future__ import annotations

import re

from vpnlint.errors import InputError
from vpnlint.finding import Finding, Judged
from vpnlint.report.formats.text import summary
from vpnlint.report.plain import clean, count, problem_line, shown
from vpnlint.report.report import LEVELS, Report, level

_MOST = 60_000
_MARKS = {"error": "🛑", "warning": "⚠️", "notice": "💡", "doubt": "❔"}
_CELLS = {"LEAK": "**LEAK**"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&-])")
# GitHub links `@name` and `#1` in what Markdown made, however they were escaped there; a word joiner parts them.
_REFERENCE = re.compile(r"([@#])(?=\w)")


def render(report: Report) -> str:
    """Return the counts, a table of the findings, the worst first, and each workload's matrix folded away."""
    lines = ["### vpnlint", "", _plain(summary(report)), ""]
    findings = sorted(report.findings, key=lambda finding: LEVELS.index(level(finding)))
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
        text += f"\n{count(len(blocks) - kept, 'more finding')}: see the log.\n"
    for extra in (*map(_problem, report.result.problems), *map(_matrix, report.result.workloads)):
        if len(text) + len(extra) <= _MOST:
            text += extra
    return text


def _finding(finding: Finding) -> str:
    name = level(finding)
    place = f"{shown(finding.span.file)}:{finding.span.line}"
    what = f"{_plain(finding.message)}<br>**help:** {_plain(finding.help)}"
    return f"| {_MARKS[name]} {name} | {_code(place)} | {what} | {_code(finding.rule)} |\n"


def _problem(problem: InputError) -> str:
    return f"\n**not read:** {_plain(problem_line(problem))}\n"


def _matrix(workload: Judged) -> str:
    name = "/".join(part for part in (workload.namespace, workload.name) if part)
    title = _plain(f"{workload.kind} {name}: {workload.client}, egress {workload.egress}")
    if not workload.matrix:
        return f"\n{title}: unknown\n"
    columns = list(next(iter(workload.matrix.values())))
    rows = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for scenario, cells in workload.matrix.items():
        verdicts = " | ".join(_CELLS.get(cells[column].verdict, cells[column].verdict) for column in columns)
        rows.append(f"| {scenario} | {verdicts} |")
    table = "\n".join(rows)
    return f"\n<details><summary>{title}</summary>\n\n{table}\n\n</details>\n"


def _plain(text: str) -> str:
    """Return a text in which no character means anything to Markdown, nor `@name` a person."""
    return _REFERENCE.sub("\\1\N{WORD JOINER}", _SPECIAL.sub(r"\\\1", clean(text).strip()))


def _code(text: str) -> str:
    """Return a text as code in a cell of a table."""
    return f"<code>{_html(text)}</code>"


def _html(text: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("`", "&#96;")):
        text = text.replace(character, entity)
    return re.sub(r"([*_@\\~\[\]])", lambda match: f"&#{ord(match[1])};", clean(text))
