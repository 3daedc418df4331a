"""Where this checkout and the corpus of real repositories lie, and the mark of the tests that need the
corpus."""

from __future__ import annotations

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
