"""Runs the Kyverno CLI and reads the results of its tests.

Output: `kyverno test --output-format json` of Kyverno 1.19.1, which prints one JSON list per test between
lines for people.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from vpnlint.errors import UsageError
from vpnlint.source.deferred_pattern import defer_pattern

# The name in a release, and as a plugin of kubectl.
_NAMES = ("kyverno", "kubectl-kyverno")
_HOW_TO_GET = (
    "there is no Kyverno CLI on PATH (kyverno, or kubectl-kyverno as a plugin of kubectl). It is one file: "
    "https://kyverno.io/docs/kyverno-cli/install/, `kubectl krew install kyverno` or `brew install kyverno`"
)
_RESULTS = defer_pattern(r"^\[$.*?^\]$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Failure:
    """A failed test: the policy, the resource (`batch/v1/CronJob/default/fail-job`), and the reason."""

    policy: str
    resource: str
    reason: str


@dataclass(frozen=True)
class Tested:
    """A run of the CLI: how many tests passed, which failed, and the error that ended it (or empty)."""

    passed: int
    failures: tuple[Failure, ...]
    error: str


def find_program() -> str:
    """Return the path of the CLI. Raises UsageError, which says how to get it, if there is none."""
    for name in _NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    raise UsageError(_HOW_TO_GET)


def run_tests(command: str, folder: Path) -> Tested:
    """Run every suite below the folder with the CLI at this path. Raises UsageError if it cannot be run."""
    arguments = [command, "test", str(folder), "--output-format", "json", "--require-tests", "--remove-color"]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError(f"{command}: cannot be run: {error.strerror}") from error
    rows = [row for block in _RESULTS.findall(done.stdout) for row in json.loads(block)]
    failures = tuple(
        Failure(row["POLICY"], row["RESOURCE"], row["REASON"]) for row in rows if row["RESULT"] != "Pass"
    )
    broke = done.returncode != 0 and not failures
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return Tested(len(rows) - len(failures), failures, said[-1] if broke and said else "")
