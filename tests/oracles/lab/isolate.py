"""One run in namespaces of its own (mount, pid, network): when it ends, all that it made is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.checkout import ROOT
from tests.oracles.lab.processes import LabError
from tests.oracles.lab.scenario import Catalogue, Scenario

NAMESPACES = ["--mount", "--propagation", "private", "--net", "--pid"]
# Nothing outlives whoever started it, however that ends.
UNSHARE = ["setpriv", "--pdeathsig", "KILL", "unshare", *NAMESPACES, "--fork", "--kill-child", "--mount-proc"]
# wireguard-go keys its socket by the interface's name alone: two runs that shared /run/wireguard would meet
# there.
PRIVATE = ("/run/netns", "/run/owners", "/run/wireguard", "/etc/netns", "/var/lib/tailscale")
SCRIPT = 'for place in $PRIVATE; do mkdir -p "$place"; mount -t tmpfs tmpfs "$place"; done; exec "$@"'
# A container's own /tmp would hide files of the run that are in /tmp.
WORKSHOP, PREFIX = Path("/var/tmp"), "leak-lab-"
LIMIT = 180


def measure(catalogue: Catalogue, scenarios: Sequence[Scenario]) -> dict[Scenario, dict[str, Any]]:
    """The results of one run of lab.measure; LabError with the run's own words when it broke.

    Several scenarios differ in their events alone, which are then told one after the other (Catalogue.runs);
    each has its share of the run's seconds.
    """
    scenario = scenarios[0]
    plan = {
        "scenario": asdict(scenario),
        "tunnel": catalogue.tunnels[scenario.tunnel],
        "defences": [catalogue.defences[part] for part in scenario.defence.split("+")],
        "client": catalogue.clients[scenario.client],
        "events": [scenario.event for scenario in scenarios],
    }
    began = time.monotonic()
    results = alone("tests.oracles.lab.measure", given=json.dumps(plan), what=str(scenario))
    seconds = round((time.monotonic() - began) / len(scenarios), 1)
    return {scenario: {**results[scenario.event], "seconds": seconds} for scenario in scenarios}


def alone(module: str, *arguments: str, what: str, given: str = "") -> dict[str, Any]:
    """The JSON object that a module of the lab prints, run alone with arguments, a folder, and an input."""
    with TemporaryDirectory(prefix=PREFIX, dir=WORKSHOP) as folder:
        program = [sys.executable, "-P", "-m", module, *arguments, folder]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PRIVATE": " ".join(PRIVATE),
            "TMPDIR": folder,
        }
        try:
            done = subprocess.run(
                [*UNSHARE, "sh", "-ec", SCRIPT, "lab", *program],
                input=given,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
                env=environment,
            )
        except subprocess.TimeoutExpired as late:
            raise LabError(f"{what}: still running after {LIMIT} s") from late
        if done.returncode:
            logs = "".join(f"\n{file.name}: {tail(file)}" for file in sorted(Path(folder).glob("*.log")))
            raise LabError(f"{what}: {done.stderr.strip()[-1500:]}{logs}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def tail(file: Path) -> str:
    """The last lines of a program's log."""
    return file.read_text(errors="replace")[-500:].strip()
