"""The Kyverno CLI that the tests run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checkout import ROOT


@pytest.fixture(scope="session")
def kyverno() -> str:
    """The CLI on PATH, or the one that `make tools` built."""
    built = subprocess.run([ROOT / "tools" / "build", "--path"], capture_output=True, text=True, check=True)
    command = shutil.which("kubectl-kyverno") or Path(built.stdout.strip(), "kubectl-kyverno")
    if not Path(command).is_file():
        pytest.skip("no Kyverno CLI: `make tools` builds it")
    return str(command)
