"""Mends the files of a folder as `vpnlint fix` does, and gives back what became of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from vpnlint.check import check
from vpnlint.config.configuration import Configuration
from vpnlint.fixing.files import EditableFiles
from vpnlint.fixing.session import FixSession, Outcome
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result
from vpnlint.ruleset.ruleset import Ruleset

DIGEST = "sha256:" + "0123456789abcdef" * 4


class Mender:
    """Judges the present folder with one ruleset, and mends it."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.files = EditableFiles()

    def judge(self, texts: Mapping[str, str]) -> Result:
        overlays = {os.path.abspath(name): text for name, text in texts.items()}
        return check(["."], self.ruleset, configuration=Configuration(Path.cwd()), overlays=overlays)

    def mend(self, is_wanted: Callable[[Finding], bool] = lambda _: True) -> Outcome:
        """What comes of mending every finding that is wanted; every image to pin has a digest."""
        result = self.judge({})
        digests = {
            step.current or "": DIGEST
            for finding in result.findings
            if finding.fix is not None
            for step in finding.fix.steps
            if step.action == "pin"
        }
        return FixSession(self.judge, self.files.read, is_wanted, digests).mend()
