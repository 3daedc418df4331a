"""docs/rule-fields.md is what the view says, and the view says something of every field."""

from __future__ import annotations

import subprocess
import sys

from tests.checkout import ROOT
from vpnlint.ruleset.view import read_view


def test_the_page_is_what_the_view_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "rule_fields.py")]
    made = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT)
    page = (ROOT / "docs" / "rule-fields.md").read_text(encoding="utf-8")
    assert page == made.stdout, "stale: run `make docs`"


def test_a_step_of_the_view_is_short_enough_to_review() -> None:
    longest = {
        f"{step.name}.{field.name}": field.expression.count("\n") + 1
        for step in read_view("pod")
        for field in step.fields
    }
    assert {name: lines for name, lines in longest.items() if lines > 12} == {}
