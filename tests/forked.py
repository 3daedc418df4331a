"""Runs vpnlint in a process of its own that is forked from one which has imported it: a quarter of a second
less than each real start takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.fork_server import get_fork_server
from tests.shipped import share_rules
from vpnlint.cli import main

_STREAMS = ("stdin", "stdout", "stderr")


def run_forked(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    given: str,
    limit: float,
    *,
    joined: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run vpnlint in a folder; given: what it reads. Raises TimeoutExpired after `limit` seconds.

    joined: what it complains of stands between what it prints.
    """
    with tempfile.TemporaryDirectory() as name:
        files = [os.path.join(name, stream) for stream in _STREAMS]
        for file in files:
            Path(file).write_text(given if file == files[0] else "", encoding="utf-8")
        process = get_fork_server().Process(
            target=_run,
            args=(list(arguments), folder, dict(environment), [*files[:2], files[1 if joined else 2]]),
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


def serve_socket(listening: socket.socket, folder: Path, environment: dict[str, str]) -> None:
    """Be the language server of the first who connects, in a child; never return."""
    connection, _ = listening.accept()
    # Else each message waits 40 ms for the client to say that it has the one before.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    descriptor = connection.detach()
    _run_as_process(["lsp"], folder, environment, (os.dup(descriptor), descriptor))


def _run(arguments: list[str], folder: Path, environment: dict[str, str], files: list[str]) -> None:
    """Be the child: never return."""
    opened = (
        os.open(file, (os.O_WRONLY | os.O_APPEND) if number else os.O_RDONLY)
        for number, file in enumerate(files)
    )
    _run_as_process(arguments, folder, environment, tuple(opened))


def _run_as_process(
    arguments: list[str], folder: Path, environment: dict[str, str], streams: tuple[int, ...]
) -> None:
    """Run vpnlint with these files as its first streams, and end this process."""
    code = 70
    try:
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
            os.close(descriptor)
            # A program's own third stream is written line by line, too.
            buffering = 1 if number == 2 else -1
            stream = os.fdopen(number, "w" if number else "r", buffering, encoding="utf-8")
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
        with pytest.MonkeyPatch.context() as patch:
            share_rules(patch)
            code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:  # as the language server leaves it
            stream.flush()
    return code
