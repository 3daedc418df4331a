"""Commands and long-lived programs in a network namespace.

A run's pid namespace ends them all when it ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.oracles.lab.kernel import enter_network

# The one that has the bindings of Debian's packages
DEBIAN_PYTHON = "/usr/bin/python3"

# Where the user namespace that owns a network namespace lies under its name, if it is not the run's own
OWNERS = Path("/run/owners")

Program = subprocess.Popen[bytes]


class LabError(Exception):
    """The lab itself could not do what a scenario asks; says nothing about leaks."""


def inside(namespace: str | None, command: Sequence[str]) -> list[str]:
    """The command line that runs `command` in that network namespace (None: the one of the caller).

    Where a user namespace owns it, as that one's root.
    """
    if not namespace:
        return [*command]
    owner = OWNERS / namespace
    owned = ["nsenter", f"--user={owner}", "--preserve-credentials"] if owner.exists() else []
    return ["ip", "netns", "exec", namespace, *owned, *command]


def run(
    namespace: str | None,
    *command: str,
    given: str | None = None,
    check: bool = True,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run to the end and return standard output.

    With `check`, a failure raises LabError with what it said.
    """
    done = subprocess.run(
        inside(namespace, command),
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if check and done.returncode:
        raise LabError(f"{' '.join(command)}: exit {done.returncode}: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def start(
    namespace: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Program:
    """Start a program that goes on; what it prints is appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            inside(namespace, command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )


def fork(namespace: str, serve: Callable[[], None], log: Path) -> None:
    """Let a copy of this process go on with `serve` in that network namespace, as long as this one runs.

    Before any thread is there. What it prints is appended to `log`.
    """

    def go_on() -> None:
        with log.open("ab") as output:
            os.dup2(output.fileno(), sys.stderr.fileno())
        enter_network(namespace)
        serve()

    multiprocessing.get_context("fork").Process(target=go_on, daemon=True).start()


def cpu_seconds() -> float:
    """The seconds of a core that every process of this pid namespace has taken, and those that ended."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        # What ends meanwhile is in its parent's sum.
        with suppress(FileNotFoundError, ProcessLookupError):
            ticks += sum(map(int, file.read_text().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def end(program: Program, number: signal.Signals) -> None:
    """Signal a program and wait until it is gone; one that ignores the signal for 10 s is killed."""
    program.send_signal(number)
    try:
        program.wait(10)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def wait_until(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Poll until `condition` holds; raises LabError naming `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)
