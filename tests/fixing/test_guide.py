"""docs/guides/mend.md lists every change of a rule; `VPNLINT_UPDATE_GOLDEN=1` writes the list anew."""

from __future__ import annotations

import os
from collections.abc import Iterator

from tests.checkout import ROOT
from tests.shipped import RULESET
from vpnlint.ruleset.fix_template import FixTemplate, StepTemplate
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.template import describe_template

_GUIDE = ROOT / "docs/guides/mend.md"
_BEGIN, _END = "<!-- fixes -->\n", "<!-- /fixes -->\n"
_HEAD = "| rule | what is changed | safe |\n|---|---|---|\n"


def test_the_guide_lists_every_change() -> None:
    before, _, rest = _GUIDE.read_text(encoding="utf-8").partition(_BEGIN)
    listed, _, after = rest.partition(_END)
    made = _HEAD + "".join(line for rule in RULESET.rules for line in describe_fixes(rule))
    if os.environ.get("VPNLINT_UPDATE_GOLDEN"):
        _GUIDE.write_text(f"{before}{_BEGIN}{made}{_END}{after}", encoding="utf-8")
        listed = made
    assert listed == made


def describe_fixes(rule: Rule) -> Iterator[str]:
    """A line for each change of a rule that is unlike the others."""
    fixes = [(describe_steps(fix), fix.safe) for case in rule.cases for fix in case.fixes]
    for number, (steps, safe) in enumerate(dict.fromkeys(fixes)):
        name = f"`{rule.id}`" if not number else ""
        yield f"| {name} | {steps} | {'yes' if safe else ''} |\n"


def describe_steps(fix: FixTemplate) -> str:
    return ", ".join(dict.fromkeys(map(describe_step, fix.steps)))


def describe_step(step: StepTemplate) -> str:
    return f"{step.action} `{describe_template(step.path)}`" + (
        " in a configuration file" if step.line else ""
    )
