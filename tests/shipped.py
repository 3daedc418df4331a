"""The shipped rules, read and compiled once for all tests of a process."""

from __future__ import annotations

from vpnlint.ruleset.ruleset import load_rules

RULESET = load_rules()
