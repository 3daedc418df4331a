"""What there is to say about a rule, from its file alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vpnlint.errors import UsageError
from vpnlint.report.plain import clean
from vpnlint.rules import Rule

_WIDEST = 100
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


def find(rules: Sequence[Rule], name: str) -> Rule:
    """Return the rule with this id, or that once had it. Raises UsageError, with the nearest id, if there is none."""
    by_name = {name: rule for rule in rules for name in (*rule.aliases, rule.id)}
    if name in by_name:
        return by_name[name]
    from difflib import get_close_matches

    nearest = get_close_matches(name, by_name, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]}?" if nearest else "`vpnlint rules` lists them all"
    raise UsageError(f"there is no rule {name!r}; {hint}")


def explain(rule: Rule, width: int) -> list[list[tuple[str, str]]]:
    """Return the lines that explain a rule, as (text, style), wrapped to at most `width` cells."""
    width = max(min(width, _WIDEST), 40)
    styles = {"error": "bold red", "warning": "bold yellow"}
    lines = [
        [(clean(rule.id), "bold"), (" (", ""), (str(rule.severity), styles[str(rule.severity)]), (")", "")]
    ]
    lines += _paragraphs(rule.summary, width, indent="")
    lines += [[], [("Why", "bold")], *_paragraphs(rule.why, width, indent="  ")]
    lines += [[], [("What to do", "bold")], *_paragraphs(rule.help, width, indent="  ")]
    for title, items in (
        ("References", rule.references),
        ("Evidence", rule.evidence),
        ("Once called", rule.aliases),
    ):
        if items:
            lines += [[], [(title, "bold")], *([(f"  {clean(item)}", "")] for item in items)]
    return lines


def _paragraphs(text: str, width: int, indent: str) -> list[list[tuple[str, str]]]:
    from textwrap import wrap

    lines: list[list[tuple[str, str]]] = []
    for paragraph in _PARAGRAPH.split(text.strip()):
        wrapped = wrap(
            clean(paragraph),
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += [*([[]] if lines else []), *([(line, "")] for line in wrapped)]
    return lines
