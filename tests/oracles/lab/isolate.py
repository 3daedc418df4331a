"""One run in namespaces of its own (mount, pid, network): when it ends, all that it made is gone.

Runs are forked from a server that has imported the lab already: to start Python and import it takes longer
than all else that the lab does in a run.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.fork_server import get_fork_server
from tests.oracles.lab import kernel, measure
from tests.oracles.lab.processes import LabError
from tests.oracles.lab.scenario import Catalogue, Scenario

# wireguard-go keys its socket by the interface's name alone: two runs that shared /run/wireguard would meet
# there.
PRIVATE = ("/run/netns", "/run/owners", "/run/wireguard", "/etc/netns", "/var/lib/tailscale")
# A container's own /tmp would hide files of the run that are in /tmp.
WORKSHOP, PREFIX = Path("/var/tmp"), "leak-lab-"
RESULT, ERRORS = "result.json", "errors.txt"
LIMIT = 180


def measure_run(catalogue: Catalogue, scenarios: Sequence[Scenario]) -> dict[Scenario, dict[str, Any]]:
    """The results of one run of lab.measure; LabError with the run's own words when it broke.

    Several scenarios differ in their events alone, which are then told one after the other (Catalogue.runs);
    each has its share of the run's seconds, and of those that its programs had a core.
    """
    scenario = scenarios[0]
    plan = measure.Plan(
        scenario=scenario,
        tunnel=catalogue.tunnels[scenario.tunnel],
        defences=[catalogue.defences[part] for part in scenario.defence.split("+")],
        client=catalogue.clients[scenario.client],
        events=[scenario.event for scenario in scenarios],
    )
    began = time.monotonic()
    measured = run_alone(measure.measure_plan, plan, what=str(scenario))
    share = {
        "seconds": round((time.monotonic() - began) / len(scenarios), 1),
        "cpu": measured["cpu"] / len(scenarios),
    }
    return {scenario: {**measured["events"][scenario.event], **share} for scenario in scenarios}


def run_alone(call: Callable[..., dict[str, Any]], *arguments: object, what: str) -> dict[str, Any]:
    """What `call` returns for a folder and these arguments, called alone in namespaces of its own.

    All of it must be picklable, the result as JSON. LabError when it raises or takes longer than LIMIT.
    """
    with TemporaryDirectory(prefix=PREFIX, dir=WORKSHOP) as name:
        folder = Path(name)
        (folder / ERRORS).touch()
        process = get_fork_server().Process(target=_watch_over, args=(folder, call, arguments))
        process.start()
        process.join(LIMIT)
        if process.is_alive():
            process.kill()
            process.join()
            raise LabError(f"{what}: still running after {LIMIT} s")
        if not (folder / RESULT).is_file():
            said = (folder / ERRORS).read_text(errors="replace").strip()[-1500:]
            logs = "".join(f"\n{file.name}: {tail(file)}" for file in sorted(folder.glob("*.log")))
            raise LabError(f"{what}: {said}{logs}")
        result: dict[str, Any] = json.loads((folder / RESULT).read_text())
    return result


def _watch_over(folder: Path, call: Callable[..., dict[str, Any]], arguments: Sequence[object]) -> None:
    """Call it in the first process of a pid namespace, and kill that when whoever asked for it is gone."""
    kernel.end_with_parent()
    with (folder / ERRORS).open("ab") as errors:
        os.dup2(errors.fileno(), sys.stderr.fileno())
    kernel.leave_namespaces()
    first = os.fork()
    if not first:
        _call_first(folder, call, arguments)
        return
    asker = multiprocessing.parent_process()
    assert asker
    ended = os.pidfd_open(first)
    if ended not in wait([asker.sentinel, ended]):
        os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)


def _call_first(folder: Path, call: Callable[..., dict[str, Any]], arguments: Sequence[object]) -> None:
    """Write down what the call returns. When this process then ends, the kernel ends all that it started."""
    kernel.end_with_parent()
    kernel.mount("proc", "/proc")
    # tailscaled keeps a copy of resolv.conf in /etc: of two runs one would take the other's away.
    kernel.keep_changes("/etc", folder / "etc")
    for place in PRIVATE:
        Path(place).mkdir(parents=True, exist_ok=True)
        kernel.mount("tmpfs", place)
    os.environ["TMPDIR"] = str(folder)
    text = json.dumps(call(folder, *arguments))
    (folder / RESULT).write_text(text)


def tail(file: Path) -> str:
    """The last lines of a program's log."""
    return file.read_text(errors="replace")[-500:].strip()
