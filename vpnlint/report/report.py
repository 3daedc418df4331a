"""The input of every format: a Result, which of its findings to print, and how the output may look."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vpnlint.report.terminal import PLAIN, Screen
from vpnlint.results.finding import Finding
from vpnlint.results.fix import Replacement
from vpnlint.results.result import Result

if TYPE_CHECKING:
    from vpnlint.ruleset.rule import Rule


class Report(NamedTuple):
    """A Result and the user's choices about its presentation.

    rules returns all rules, for formats that describe them. docs returns the address of the pages about
    rules, empty if there are none. replacements returns, for each finding with a safe fix, the edits that
    were judged to resolve it; all_replacements also includes fixes that a person should review.
    """

    result: Result
    doubts: bool = False
    notices: bool = False
    verbose: bool = False
    screen: Screen = PLAIN
    rules: Callable[[], Sequence[Rule]] = tuple
    docs: Callable[[], str] = str
    replacements: Callable[[], Mapping[Finding, Sequence[Replacement]]] = dict
    all_replacements: Callable[[], Mapping[Finding, Sequence[Replacement]]] = dict

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings to print."""
        return self.result.select_findings(doubts=self.doubts, notices=self.notices)

    @property
    def hidden_doubts(self) -> int:
        """How many doubts are not printed."""
        return len(self.result.select_findings(doubts=True)) - len(
            self.result.select_findings(doubts=self.doubts)
        )

    @property
    def hidden_notices(self) -> int:
        """How many notices are not printed."""
        everything = self.result.select_findings(doubts=self.doubts, notices=True)
        return len(everything) - len(self.findings)


def group_findings(findings: Sequence[Finding]) -> dict[Finding, list[Finding]]:
    """Return findings that say the same at the same place, by the first of them and in their order.

    A base that two overlays use makes two workloads, and each has its finding.
    """
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        same = (finding.rule, finding.answer, finding.severity, finding.message, finding.span)
        groups.setdefault(same, []).append(finding)
    return {group[0]: group for group in groups.values()}


# The levels of findings, worst first.
LEVELS = ("error", "warning", "notice", "doubt")


def find_level(finding: Finding) -> str:
    """Return the finding's severity (`error`, `warning` or `notice`), or `doubt` if it is a doubt."""
    return "doubt" if finding.answer == "doubt" else str(finding.severity)


def find_workspace() -> Path:
    """Return the folder that paths in reports for a CI system are relative to."""
    return Path(os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or Path.cwd())
