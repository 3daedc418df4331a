"""Whether pip can install from its package index: decided by trying, once per run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import cache

import pytest


def need_package_index() -> None:
    """Skip the test, with pip's own last words, where a small package can't be had."""
    complaint = _complaint()
    if complaint:
        pytest.skip(f"pip reaches no package index here: {complaint}")


@cache
def _complaint() -> str:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
        attempt = subprocess.run(
            [*command, "--dest", folder, "hatchling"], capture_output=True, text=True, check=False
        )
    if attempt.returncode == 0:
        return ""
    return (attempt.stderr.strip().splitlines() or [f"exit code {attempt.returncode}"])[-1]
