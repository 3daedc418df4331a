"""`vpnlint kyverno test`: runs the tests of emitted policies and shows each failure at its rule."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vpnlint.admission.kyverno_cli import Failure, find_program, run_tests
from vpnlint.errors import UsageError
from vpnlint.report.plain import clean_text, escape_path
from vpnlint.report.terminal import write_text
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.ruleset import load_rules

_FINDINGS = 1


def run(arguments: argparse.Namespace) -> int:
    """Run every suite below the folder and return 1 if a test fails.

    Raises UsageError if the folder or the Kyverno CLI is missing, or if the CLI fails.
    """
    folder = Path(arguments.folder)
    if not folder.is_dir():
        raise UsageError(
            f"{arguments.folder}: no such folder; `vpnlint emit kyverno -o DIR` writes one with tests"
        )
    command = find_program()
    rules = {rule.id: rule for rule in load_rules([Path(path) for path in arguments.rules]).rules}
    tested = run_tests(command, folder)
    if tested.error:
        raise UsageError(f"the Kyverno CLI failed: {clean_text(tested.error)}")
    for failure in tested.failures:
        write_text(sys.stdout, f"{_write_failure(failure, rules)}\n")
    write_text(sys.stdout, f"{tested.passed} tests passed, {len(tested.failures)} failed\n")
    return _FINDINGS if tested.failures else 0


def _write_failure(failure: Failure, rules: dict[str, Rule]) -> str:
    """Return a line with the place of the rule that the policy was made from."""
    name, key = failure.policy, "deny"
    if name.endswith("-doubt") and name not in rules:
        name, key = name.removesuffix("-doubt"), "doubt"
    rule = rules.get(name) or rules.get(name.removesuffix("-helmrelease"))
    place = failure.policy
    if rule is not None:
        span = (rule.source.get(key) or rule.source).head
        place = f"{escape_path(span.file)}:{span.line}:{span.column}"
    return clean_text(f"{place}: {failure.policy}: {failure.resource}: {failure.reason}")
