"""Where the corpus of real repositories lies, and the mark of the tests that need it."""

from __future__ import annotations

from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
NO_CORPUS = f"the corpus is not at {CORPUS}"
# The corpus is no part of this repository: a clone by itself says so and runs the rest.
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=NO_CORPUS)
