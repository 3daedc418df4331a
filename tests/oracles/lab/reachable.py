"""Whether a Pod behind an init container of docs/kill-switch.md answers its cluster, and begins nothing."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests.oracles.lab.defences import container
from tests.oracles.lab.processes import run, start, wait_until
from tests.oracles.lab.topology import PODS, build

PORT = 8080
POD = PODS["private"]


def reach(folder: Path, name: str) -> dict[str, bool]:
    """Serve a web page in the Pod and on its router, and ask each from the other: `answers`, `begins`."""
    build(POD)
    for place in ("home", "isp"):
        server = [sys.executable, "-m", "http.server", "--directory", str(folder), str(PORT)]
        start(place, server, folder / f"{place}.log")
        wait_until(partial(serves, place), f"a web server in {place}")
    # As an init container that runs again does: the second time must change nothing.
    for _ in range(2):
        run("home", *container(name)["command"])
    return {"answers": asked("isp", POD.address), "begins": asked("home", POD.router)}


def serves(place: str) -> bool:
    """Whether something listens on the port."""
    return f":{PORT} " in run(place, "ss", "-Htln")


def asked(place: str, address: str) -> bool:
    """Whether the page at that address comes."""
    return bool(run(place, "curl", "-s", "--max-time", "2", f"http://{address}:{PORT}/", check=False))
