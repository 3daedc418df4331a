"""One self-contained page: pictures of the packets' way, the matrix, and the findings with their code.

It needs no network and no other file. Its Content-Security-Policy allows only its own script and style, each
by its hash (w3.org/TR/CSP3, "script-src"), so nothing in a manifest can run. The page embeds the report in
JSON version 2 as data.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vpnlint import __version__
from vpnlint.report.formats.json import describe, dump_json
from vpnlint.report.formats.text import summarize
from vpnlint.report.page.cards import make_cards, make_items
from vpnlint.report.page.measurements import list_measurements
from vpnlint.report.page.verdict import LEVELS, TRAFFIC
from vpnlint.report.pages import find_rule_page
from vpnlint.report.plain import clean_text, describe_problem
from vpnlint.report.report import Report
from vpnlint.ruleset.defences import read_defences

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parents[1] / "page" / "templates"
# Up to this many workloads, all are shown unfolded.
_FEW = 3
# A diff of more lines is folded.
_MANY_LINES = 24


def render(report: Report) -> str:
    """Return the page, which always holds every doubt and notice, folded away."""
    report = report._replace(doubts=True, notices=True)
    result = report.result
    items = make_items(result, report.findings, report.all_replacements())
    cards, others = make_cards(result, items, read_defences())
    reported = {item.finding.rule for item in items}
    rules = [rule for rule in report.rules() if reported & {rule.id, *rule.aliases}]
    style, script = (
        _TEMPLATES.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    )
    levels = [card.verdict.level for card in cards]
    return (
        _environment()
        .get_template("page.html")
        .render(
            version=__version__,
            summary=summarize(report),
            cards=cards,
            pages={rule.id: find_rule_page(report.docs(), rule) for rule in rules},
            evidence={rule.id: rule.evidence for rule in rules},
            measurements=list_measurements(result, rules, report.docs()),
            others=others,
            levels={name: (words, levels.count(name)) for name, words in LEVELS.items() if name in levels},
            kinds=TRAFFIC,
            few=len(cards) <= _FEW,
            many=_MANY_LINES,
            problems=list(map(describe_problem, result.problems)),
            not_judged=list(map(describe_problem, result.not_judged)),
            notes=list(map(describe_problem, result.notes)),
            not_applied=result.not_applied,
            style=style,
            style_hash=_hash(style),
            script=script,
            script_hash=_hash(script),
            data=_data(report),
        )
    )


@cache
def _environment() -> Environment:
    """Return the template environment: it escapes every value and removes control characters."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def printable(value: object) -> object:
        if isinstance(value, str) and not isinstance(value, Markup):
            # A file name may hold a lone surrogate, which UTF-8 cannot encode.
            return clean_text(value).encode("utf-8", "replace").decode("utf-8")
        return value

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["verbatim"] = Markup
    return environment


def _data(report: Report) -> str:
    """Return the report as JSON, escaped so that no text can end or comment out the element around it."""
    text = dump_json(describe(report), indent=None).strip()
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
