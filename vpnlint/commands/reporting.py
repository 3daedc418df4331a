"""The report of a run, with the edits that `vpnlint fix` would make for its findings."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from functools import cached_property

from vpnlint.config.settings import Settings
from vpnlint.files.discover import STANDARD_INPUT
from vpnlint.report.pages import choose_address
from vpnlint.report.report import Report
from vpnlint.results.finding import Finding
from vpnlint.results.fix import Replacement
from vpnlint.results.result import Result


def make_report(
    arguments: argparse.Namespace, settings: Settings, result: Result, *, is_whole: bool = True
) -> Report:
    """Return a report that knows the rules, where their pages are, and the edits of `vpnlint fix`.

    is_whole: the result holds all findings about the paths, not only the new ones.
    """
    edits = _Edits(arguments, settings, result, is_whole)
    return Report(
        result,
        rules=lambda: settings.ruleset.described_rules,
        docs=lambda: choose_address(arguments.docs, settings.configuration.docs),
        replacements=lambda: edits.safe,
        all_replacements=lambda: edits.every,
    )


class _Edits:
    """The edits for the findings of a result; several formats ask for them, and each answer takes a run."""

    def __init__(
        self, arguments: argparse.Namespace, settings: Settings, result: Result, is_whole: bool
    ) -> None:
        self._is_editable = not (arguments.rendered or arguments.helm or STANDARD_INPUT in settings.paths)
        self._settings = settings
        self._result = result
        self._is_whole = is_whole
        self._declined = False

    @cached_property
    def safe(self) -> Mapping[Finding, Sequence[Replacement]]:
        """The edits of safe fixes."""
        return self._find_edits(unsafe=False)

    @cached_property
    def every(self) -> Mapping[Finding, Sequence[Replacement]]:
        """The edits of all fixes, also of those that a person should review."""
        safe = self.safe
        # A run that met no unsafe fix would do the same again.
        return self._find_edits(unsafe=True) if self._declined else safe

    def _find_edits(self, *, unsafe: bool) -> Mapping[Finding, Sequence[Replacement]]:
        from vpnlint.commands.fix import mend
        from vpnlint.fixing.replacements import find_replacements

        if not self._is_editable:
            return {}
        outcome, files = mend(self._settings, unsafe=unsafe, known=self._result if self._is_whole else None)
        self._declined = outcome.declined
        mended = {(finding.fingerprint, finding.case) for finding in outcome.fixed}
        findings = [item for item in self._result.findings if (item.fingerprint, item.case) in mended]
        return find_replacements(findings, files.read)
