"""`vpnlint explain RULE`: all that a rule's file says to people."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vpnlint.admission.explanation import sentences
from vpnlint.report.explain import explain, find
from vpnlint.report.terminal import paint, screen, write
from vpnlint.ruleset.ruleset import load


def run(arguments: argparse.Namespace) -> int:
    """Print what there is to say about a rule. Raises UsageError for one that is not there."""
    rules = load([Path(folder) for folder in arguments.rules]).rules
    rule = find(rules, arguments.rule)
    shown_on = screen(sys.stdout)
    lines = explain(rule, sentences(rule), shown_on.width)
    write(sys.stdout, paint(lines, shown_on))
    return 0
