"""The Kyverno CLI that the tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checkout import ROOT


@pytest.fixture(scope="session")
def kyverno() -> str:
    """The CLI on PATH, or the one that `make tools` built."""
    if not os.environ.get("VPNLINT_CLUSTER"):
        pytest.skip(
            "VPNLINT_CLUSTER=1 asks the Kyverno CLI; the policies of the newest rules are not yet settled there"
        )
    built = subprocess.run([ROOT / "tools" / "build", "--path"], capture_output=True, text=True, check=True)
    command = shutil.which("kubectl-kyverno") or Path(built.stdout.strip(), "kubectl-kyverno")
    if not Path(command).is_file():
        pytest.skip("no Kyverno CLI: `make tools` builds it")
    return str(command)
