"""Where this checkout, the corpus of real repositories and the cases of pitfalls lie, and the marks of the
tests that need them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "vpnlint"
RULES = ROOT / "rules"
FIXTURES = ROOT / "fixtures"
POLICIES = ROOT / "policies"
CORPUS = ROOT.parent / "shared" / "corpus"
NO_CORPUS = f"the corpus is not at {CORPUS}"
# The corpus is no part of this repository: a clone by itself says so and runs the rest.
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=NO_CORPUS)
CASES = ROOT.parent / "shared" / "cases"
NO_CASES = f"the cases of pitfalls are not at {CASES}"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=NO_CASES)
# `make properties` sets it: tests that else take a sample, and say so, try everything.
EVERYTHING = os.environ.get("VPNLINT_PROPERTIES") == "all"
Case = TypeVar("Case")


def take_turn(cases: Sequence[Case], of: int) -> Sequence[Case]:
    """Return one in so many of the cases: others for each commit, so that as many commits try them all.

    `make properties` gets every case.
    """
    return cases if EVERYTHING else cases[_count_commits() % of :: of]


@cache
def _count_commits() -> int:
    """Return how many commits led to the checkout; 0 where it is no repository of git's."""
    command = ["git", "-C", str(ROOT), "rev-list", "--count", "HEAD"]
    counted = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(counted.stdout) if counted.returncode == 0 else 0
