"""One ruleset for all tests of a module: to compile it takes longer than to judge a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixing.mending import Mender
from tests.shipped import RULESET
from vpnlint.ruleset.ruleset import Ruleset


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    return RULESET


@pytest.fixture
def mender(ruleset: Ruleset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mender:
    """What mends the present folder, an empty repository."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return Mender(ruleset)
