"""Reduces a run's findings to those that another revision lacks."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from vpnlint.commands.judging import load_settings
from vpnlint.config.configuration import Configuration
from vpnlint.config.settings import Settings
from vpnlint.errors import BrokenSettings, UsageError
from vpnlint.files.discover import STANDARD_INPUT
from vpnlint.files.inside import find_repository
from vpnlint.judge.known import KnownFindings, count_findings, split_known
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result
from vpnlint.ruleset.ruleset import load_rules


def keep_new_findings(
    result: Result,
    reference: str,
    arguments: argparse.Namespace,
    judge_settings: Callable[[argparse.Namespace, Settings], Result],
) -> Result:
    """Return the result without the findings of the revision where the branch left `reference`.

    Raises UsageError if there is no such revision.
    """
    before = _judge_revision(reference, arguments, judge_settings)
    new, old = split_known(result.findings, KnownFindings(count_findings(before)))
    still = [*result.findings, *(item.finding for item in result.suppressed)]
    gone = _count_visible(before) - _count_visible(still)
    return result._replace(
        findings=tuple(new),
        unchanged=sum(finding.visible for finding in old),
        fixed=gone.total(),
    )


def _count_visible(findings: list[Finding]) -> Counter[str]:
    return Counter(finding.fingerprint for finding in findings if finding.visible)


def _judge_revision(
    reference: str,
    arguments: argparse.Namespace,
    judge_settings: Callable[[argparse.Namespace, Settings], Result],
) -> list[Finding]:
    import tempfile

    from vpnlint.files.revision import find_base, write_revision

    asked = list(arguments.paths or ["."])
    if STANDARD_INPUT in asked:
        raise UsageError(
            "--since compares files in a repository, so it cannot be combined with standard input"
        )
    root = Path(find_repository(asked[0]))
    commit = find_base(root, reference)
    with tempfile.TemporaryDirectory(prefix="vpnlint-") as name:
        folder = Path(os.path.realpath(name))
        write_revision(root, commit, folder)
        mapped = [_map_path(path, root, folder) for path in asked]
        there = [path for path in mapped if os.path.exists(path)]
        if not there:
            return []
        paths = there if arguments.paths else []
        before = argparse.Namespace(**{**vars(arguments), "paths": paths})
        try:
            settings = load_settings(before, default=there[0])
        except BrokenSettings:
            # An error in the old configuration must not fail the branch that fixes it.
            settings = Settings(Configuration(folder), load_rules(), there)
        return list(judge_settings(before, settings).findings)


def _map_path(path: str, root: Path, folder: Path) -> str:
    """Return the path in the folder with the revision that corresponds to a path in the repository."""
    inside = os.path.relpath(os.path.realpath(path), root)
    if inside.startswith(".."):
        raise UsageError(f"--since: {path} lies in another repository than the first path")
    return os.path.normpath(folder / inside)
