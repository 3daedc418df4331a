"""Runs vpnlint in a process of its own that is forked from one which has imported it: a quarter of a second
less than each real start takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

from tests.fork_server import get_fork_server
from tests.shipped import load_compiled
from vpnlint.cli import main

_STREAMS = ("stdin", "stdout", "stderr")


def run_forked(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], given: str, limit: float
) -> subprocess.CompletedProcess[str]:
    """Run vpnlint in a folder; given: what it reads. Raises TimeoutExpired after `limit` seconds."""
    with tempfile.TemporaryDirectory() as name:
        files = [os.path.join(name, stream) for stream in _STREAMS]
        for file in files:
            Path(file).write_text(given if file == files[0] else "", encoding="utf-8")
        process = get_fork_server().Process(
            target=_run, args=(list(arguments), folder, dict(environment), files)
        )
        process.start()
        process.join(limit)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["vpnlint", *arguments], limit)
        code = process.exitcode
        process.close()
        printed, complained = (Path(file).read_text(encoding="utf-8") for file in files[1:])
    return subprocess.CompletedProcess(["vpnlint", *arguments], code, printed, complained)


def _run(arguments: list[str], folder: Path, environment: dict[str, str], files: list[str]) -> None:
    """Be the child: never return."""
    code = 70
    try:
        for number, file in enumerate(files):
            os.dup2(os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
            stream = os.fdopen(number, "w" if number else "r", encoding="utf-8")
            setattr(sys, _STREAMS[number], stream)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        code = run_main(arguments)
    finally:
        os._exit(code)


def run_main(arguments: Sequence[str]) -> int:
    """Run vpnlint in this process, which is a child with streams of its own, and return its exit code."""
    try:
        with patch("vpnlint.config.settings.load_rules", load_compiled):
            code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:  # as the language server leaves it
            stream.flush()
    return code
