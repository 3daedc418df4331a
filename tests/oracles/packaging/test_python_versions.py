"""Which Pythons pip installs the wheel for: those that every library it needs has a wheel for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles.packaging.package_index import need_package_index


def install(wheel: Path, version: str, folder: Path) -> tuple[int, str]:
    """Return pip's exit code and complaint for a Python of this version, for which it installs nothing."""
    need_package_index()
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--only-binary=:all:"]
    target = ["--python-version", version, "--target", str(folder)]
    done = subprocess.run([*pip, *target, str(wheel)], check=False, capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.mark.parametrize("version", ["3.11", "3.14"])
def test_everything_is_there_for_the_first_and_the_last_python(
    wheel: Path, tmp_path: Path, version: str
) -> None:
    assert install(wheel, version, tmp_path) == (0, "")


def test_another_python_is_told_what_is_needed(wheel: Path, tmp_path: Path) -> None:
    """pip would say that no version of a library exists that the user never heard of."""
    code, complaint = install(wheel, "3.15", tmp_path)
    assert code == 1
    assert "'vpnlint' requires a different Python" in complaint
