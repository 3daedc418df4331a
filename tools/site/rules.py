"""A page per rule, and the list of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.site.text import format_block, format_code, format_link, format_table
from vpnlint.admission.explanation import explain_admission
from vpnlint.report.explain import find_case_level
from vpnlint.report.pages import make_anchor
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.ruleset import Ruleset
from vpnlint.ruleset.template import describe_template

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
_KINDS = {
    "fail": "Unsafe",
    "fixed": "The same, mended",
    "doubt": "In doubt: the manifests do not tell",
    "pass": "Safe",
}


def make_rule_pages(ruleset: Ruleset) -> dict[str, str]:
    """Return path → Markdown: rules/index.md, and rules/ID.md for each rule."""
    rules = ruleset.described_rules
    pages = {f"rules/{rule.id}.md": "\n".join(_rule(rule, ruleset.catalog)) for rule in rules}
    return {"rules/index.md": "\n".join(_index(rules)), **pages}


def _index(rules: Iterable[Rule]) -> Iterator[str]:
    yield "# Rules\n"
    yield "Error: traffic can leave outside the tunnel. Warning: the tunnel or the client breaks."
    yield "Notice: worth knowing. `vpnlint explain RULE` prints the same as these pages.\n"
    rows = [(f"[`{rule.id}`]({rule.id}.md)", str(rule.severity), rule.summary) for rule in rules]
    yield from format_table(("rule", "severity", "what it finds"), rows)


def _rule(rule: Rule, catalog: Catalog) -> Iterator[str]:
    yield f"# {rule.id}\n"
    yield f"**{rule.summary}.** Severity: {rule.severity}.\n"
    yield "## Why\n"
    yield f"{rule.why}\n"
    yield "## What it says, and what to do\n"
    for case in rule.cases:
        yield f"- **{find_case_level(case)}**: {_prose(case.say)}"
        yield f"    - → {_prose(case.help)}"
    yield ""
    said = list(explain_admission(rule, catalog))
    if said:
        yield "## How the cluster answers\n"
        yield from (f"{sentence}\n" for sentence in said)
    yield from _examples(rule)
    if rule.evidence:
        yield "## Evidence\n"
        for item in rule.evidence:
            yield f"- {link_evidence(item, '../')}"
        yield ""
    if rule.references:
        yield "## References\n"
        yield from (f"- {format_link(reference)}" for reference in rule.references)
        yield ""
    if rule.aliases:
        yield f"Once called {', '.join(map(format_code, rule.aliases))}.\n"


def _examples(rule: Rule) -> Iterator[str]:
    """Yield the rule's fixtures, each with what `vpnlint check --doubts` prints of it: the first open."""
    files = sorted((FIXTURES / rule.id).glob("*.yaml")) if (FIXTURES / rule.id).is_dir() else []
    if not files:
        return
    yield "## Examples\n"
    yield f"What vpnlint prints of the fixtures of this rule (`fixtures/{rule.id}`, with `--doubts`).\n"
    for kind, title in _KINDS.items():
        of_kind = [file for file in files if file.name.startswith(f"{kind}.")]
        if of_kind:
            yield f"### {title}\n"
        for number, file in enumerate(of_kind):
            name = file.stem.partition(".")[2].replace("-", " ")
            yield f'???{"+" if number == 0 and kind in ("fail", "fixed") else ""} example "{name}"\n'
            yield from _indented(format_block(file.read_text(encoding="utf-8"), "yaml", file.name))
            printed = file.with_suffix(".out").read_text(encoding="utf-8")
            yield from _indented(format_block(printed or "(nothing)", "text"))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"    {line}" if line else ""


def _prose(template: str) -> str:
    """Return a message as people read it without a Pod; its holes in angle brackets are no HTML."""
    return describe_template(template).replace("<", "&lt;").replace("*", "\\*")


def link_evidence(evidence: str, up: str = "") -> str:
    """Return an evidence as a link to its section of the lab's page."""
    return f"[`{evidence}`]({up}lab.md#{make_anchor(evidence)})"
