"""What several tests of the package share: the wheel, built once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import ROOT


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session", autouse=True)
def _uncompiled() -> Iterator[None]:
    """Let pip compile no module: each of these environments is there for a few runs, which import few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_COMPILE", "0")
        yield
