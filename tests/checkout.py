"""Where this checkout, the corpus of real repositories and the cases of pitfalls lie, and the marks of the
tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

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
