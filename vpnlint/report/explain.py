"""What there is to say about a rule, from its file alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

from vpnlint.errors import UsageError
from vpnlint.nearest import nearest
from vpnlint.report.plain import clean
from vpnlint.report.terminal import STYLES
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.template import HOLE

_WIDEST = 100
_TOKEN = re.compile(
    r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\.\?|\[\?|[][(){}?:+]|(?:[^][(){}?:+"'.]|\.(?!\?))+"""
)
_FIELD = re.compile(r"(?:it|pod)\.(\w+)")
_ESCAPED = re.compile(r"\\(.)")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


def find(rules: Sequence[Rule], name: str) -> Rule:
    """Return the rule with this id, or that once had it. Raises UsageError, with the nearest id, if there is none."""
    by_name = {name: rule for rule in rules for name in (*rule.aliases, rule.id)}
    if name in by_name:
        return by_name[name]
    hint = nearest(name, by_name) or "; `vpnlint rules` lists them all"
    raise UsageError(f"there is no rule {name!r}{hint}")


def explain(rule: Rule, admission: Iterable[str], width: int) -> list[list[tuple[str, str]]]:
    """Return the lines that explain a rule, as (text, style), wrapped to at most `width` cells.

    admission: what there is to say of the rule in a cluster, a paragraph each.
    """
    width = max(min(width, _WIDEST), 40)
    lines = [
        [(clean(rule.id), "bold"), (" (", ""), (str(rule.severity), STYLES[str(rule.severity)]), (")", "")]
    ]
    lines += _paragraphs(rule.summary, width, indent="")
    lines += [[], [("Why", "bold")], *_paragraphs(rule.why, width, indent="  ")]
    lines += [[], [("What to do", "bold")]]
    advice = wordings(rule.help)
    for wording in advice:
        lines += _paragraphs(wording, width, indent="  - " if len(advice) > 1 else "  ")
    said = [line for sentence in admission for line in _paragraphs(sentence, width, indent="  ")]
    lines += [[], [("At admission", "bold")], *said] if said else []
    for title, items in (
        ("References", rule.references),
        ("Evidence", rule.evidence),
        ("Once called", rule.aliases),
    ):
        if items:
            lines += [[], [(title, "bold")], *([(f"  {clean(item)}", "")] for item in items)]
    return lines


def wordings(text: str) -> list[str]:
    """Return what a rule's text with `{CEL}` holes can say: one wording for each way its conditions may go.

    `{it.name}` is `<name>`, and what is computed in a longer way `…`.
    """
    parts = HOLE.split(" ".join(text.split()))
    holes = [_choices(_TOKEN.findall(part)) if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(choice) for choice in product(*holes)]


def _choices(tokens: list[str]) -> list[str]:
    """Return the texts that a CEL expression can give: both sides of `condition ? text : text`."""
    outermost = _outermost(tokens)
    if "?" in outermost:
        question = outermost.index("?")
        opened = 0
        for colon in range(question, len(tokens)):
            opened += (outermost[colon] == "?") - (outermost[colon] == ":")
            if not opened:
                return _choices(tokens[question + 1 : colon]) + _choices(tokens[colon + 1 :])
    terms: list[list[str]] = [[]]
    for token, mark in zip(tokens, outermost, strict=True):
        if mark == "+":
            terms.append([])
        else:
            terms[-1].append(token)
    return ["".join(_term("".join(term).strip()) for term in terms)]


def _outermost(tokens: list[str]) -> list[str]:
    """Return the tokens, those within brackets blanked."""
    depth = 0
    marks = []
    for token in tokens:
        depth -= token in ")]}"
        marks.append("" if depth else token)
        depth += token[0] in "([{"
    return marks


def _term(term: str) -> str:
    if len(_TOKEN.findall(term)) == 1 and term[0] in "\"'":
        return _ESCAPED.sub(r"\1", term[1:-1])
    field = _FIELD.fullmatch(term)
    return f"<{field[1]}>" if field else "…"


def _paragraphs(text: str, width: int, indent: str) -> list[list[tuple[str, str]]]:
    from textwrap import wrap

    lines: list[list[tuple[str, str]]] = []
    for paragraph in _PARAGRAPH.split(text.strip()):
        wrapped = wrap(
            clean(paragraph),
            width,
            initial_indent=indent,
            subsequent_indent=" " * len(indent),
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += [*([[]] if lines else []), *([(line, "")] for line in wrapped)]
    return lines
