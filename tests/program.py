"""The program `vpnlint` as users run it: a process of its own, in an environment that nobody else has a say
in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.checkout import ROOT
from tests.forked import run_forked
from tests.unwanted import UNWANTED

LIMIT = 120
_VPNLINT = ("-m", "vpnlint")


def environment(**more: str) -> dict[str, str]:
    """Return the environment for a Python that imports vpnlint from this checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more}


def vpnlint(
    *arguments: str | Path,
    folder: Path = ROOT,
    input: str | None = None,
    stdout: int | IO[str] = subprocess.PIPE,
    code: Sequence[str] = _VPNLINT,
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run vpnlint in a folder, or other code with these arguments; more is added to its environment."""
    if code == _VPNLINT and stdout == subprocess.PIPE:
        return run_forked([*map(str, arguments)], folder, environment(**(more or {})), input or "", LIMIT)
    return subprocess.run(
        [sys.executable, *code, *map(str, arguments)],
        cwd=folder,
        env=environment(**(more or {})),
        encoding="utf-8",
        check=False,
        timeout=LIMIT,
        **({"stdin": subprocess.DEVNULL} if input is None else {"input": input}),
        stdout=stdout,
        stderr=subprocess.PIPE,
    )
