"""The edits of a report: `vpnlint fix` runs once for all formats, unless there are unsafe fixes."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.commands import fix
from vpnlint.commands.reporting import make_report
from vpnlint.config.configuration import Configuration
from vpnlint.config.settings import Settings
from vpnlint.fixing.files import EditableFiles
from vpnlint.fixing.session import Outcome
from vpnlint.results.result import Result

SAFE = "bound-to-absent-interface/fail.default.yaml"
UNSAFE = "missing-kill-switch/fail.new-name.yaml"


def count_runs(file: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """Return how often a report with both kinds of edits runs `fix`, and how many edits of each there are."""
    settings = Settings(Configuration(file.parent), RULESET, [str(file)])
    result = check(settings.paths, settings.ruleset, configuration=settings.configuration)
    mend, runs = fix.mend, []

    def count(settings: Settings, *, unsafe: bool, known: Result | None) -> tuple[Outcome, EditableFiles]:
        runs.append(unsafe)
        return mend(settings, unsafe=unsafe, known=known)

    monkeypatch.setattr(fix, "mend", count)
    options = argparse.Namespace(rendered=False, helm="", docs=None)
    report = make_report(options, settings, result)
    every, safe = report.all_replacements(), report.replacements()
    assert report.all_replacements() is every
    return len(runs), len(safe), len(every)


def test_fixes_that_are_all_safe_are_tried_once(lone_fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, safe, every = count_runs(lone_fixtures / SAFE, monkeypatch)
    assert (runs, safe > 0, safe) == (1, True, every)


def test_unsafe_fixes_are_tried_beside_the_safe_ones(
    lone_fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, safe, every = count_runs(lone_fixtures / UNSAFE, monkeypatch)
    assert (runs, safe < every) == (2, True)
