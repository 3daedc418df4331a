"""What `vpnlint explain` prints about a rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vpnlint.errors import UsageError
from vpnlint.report.pages import find_evidence_page, find_rule_page
from vpnlint.report.plain import clean_text
from vpnlint.report.terminal import STYLES
from vpnlint.ruleset.rule import Case, Rule
from vpnlint.ruleset.template import describe_template
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.suggestion import suggest_name

_WIDEST = 100
_PARAGRAPH = defer_pattern(r"\n[ \t]*\n")


def find_rule(rules: Sequence[Rule], name: str) -> Rule:
    """Return the rule with this id or former id.

    Raises UsageError, which suggests the closest id, if there is none.
    """
    by_name = {name: rule for rule in rules for name in (*rule.aliases, rule.id)}
    if name in by_name:
        return by_name[name]
    hint = suggest_name(name, by_name) or "; `vpnlint rules` lists them all"
    raise UsageError(f"there is no rule {name!r}{hint}")


def explain_rule(
    rule: Rule, admission: Iterable[str], width: int, docs: str = ""
) -> list[list[tuple[str, str]]]:
    """Return the lines that explain a rule, as (text, style), wrapped to at most `width` cells.

    admission: paragraphs about the rule's policies in a cluster. docs: the address of the site with the
    rule's page, empty if there is none.
    """
    width = max(min(width, _WIDEST), 40)
    lines = [
        [
            (clean_text(rule.id), "bold"),
            (" (", ""),
            (str(rule.severity), STYLES[str(rule.severity)]),
            (")", ""),
        ]
    ]
    lines += _paragraphs(rule.summary, width, indent="")
    lines += [[], [("Why", "bold")], *_paragraphs(rule.why, width, indent="  ")]
    lines += [[], [("What it reports, and what to do", "bold")]]
    lines += _cases(rule, width)
    said = [line for sentence in admission for line in _paragraphs(sentence, width, indent="  ")]
    lines += [[], [("At admission", "bold")], *said] if said else []
    page = find_rule_page(docs, rule)
    measured = [" ".join(filter(None, (item, find_evidence_page(docs, item)))) for item in rule.evidence]
    for title, items in (
        ("Page", [page] if page else []),
        ("References", rule.references),
        ("Evidence", measured),
        ("Former names", rule.aliases),
    ):
        if items:
            lines += [[], [(title, "bold")], *([(f"  {clean_text(item)}", "")] for item in items)]
    return lines


def _cases(rule: Rule, width: int) -> list[list[tuple[str, str]]]:
    """Return the lines about the rule's cases; consecutive cases with the same help share its line."""
    lines: list[list[tuple[str, str]]] = []
    for case, following in zip(rule.cases, (*rule.cases[1:], None), strict=True):
        level = find_case_level(case)
        first, *others = _paragraphs(describe_template(case.say), width, indent=f"  {level}: ")
        lines += [[("  ", ""), (level, STYLES[level]), (first[0][0][2 + len(level) :], "")], *others]
        if following is None or following.help != case.help:
            lines += _paragraphs(describe_template(case.help), width, indent="    → ")
    return lines


def find_case_level(case: Case) -> str:
    """Return the level of a case's findings: its severity, or `doubt`."""
    return str(case.severity) if case.answer == "deny" else case.answer


def _paragraphs(text: str, width: int, indent: str) -> list[list[tuple[str, str]]]:
    from textwrap import wrap

    lines: list[list[tuple[str, str]]] = []
    for paragraph in _PARAGRAPH.split(text.strip()):
        wrapped = wrap(
            clean_text(paragraph),
            width,
            initial_indent=indent,
            subsequent_indent=" " * len(indent),
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += [*([[]] if lines else []), *([(line, "")] for line in wrapped)]
    return lines
