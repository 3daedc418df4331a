"""`vpnlint rules`: prints a table of the rules."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vpnlint.report.plain import clean_text
from vpnlint.report.terminal import STYLES, detect_screen, paint_lines, write_text
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.ruleset import load_rules


def run(arguments: argparse.Namespace) -> int:
    """Print the rules, including the user's own. Raises RuleError if one is broken."""
    rules = load_rules([Path(folder) for folder in arguments.rules]).described_rules
    if arguments.format == "json":
        write_text(sys.stdout, _make_json(rules))
    else:
        write_text(sys.stdout, paint_lines(_make_table(rules), detect_screen(sys.stdout)))
    return 0


def _make_table(rules: Sequence[Rule]) -> list[list[tuple[str, str]]]:
    identifiers = max((len(rule.id) for rule in rules), default=0)
    return [
        [
            (f"{clean_text(rule.id):{identifiers}}  ", "bold"),
            (f"{rule.severity!s:7}  ", STYLES[str(rule.severity)]),
            (clean_text(rule.summary), ""),
        ]
        for rule in rules
    ]


def _make_json(rules: Sequence[Rule]) -> str:
    import json

    listed = [{"id": rule.id, "severity": str(rule.severity), "summary": rule.summary} for rule in rules]
    return json.dumps({"version": 1, "rules": listed}, indent=2) + "\n"
