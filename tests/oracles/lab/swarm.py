"""Starts what answers the home: tracker and seed in the swarm, resolvers on the LAN and behind the tunnel."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.checkout import ROOT
from tests.oracles.lab import torrents
from tests.oracles.lab.processes import DEBIAN_PYTHON, run, start, wait_until
from tests.oracles.lab.topology import SWARM, SWARM6, TUNNEL_VPN, Pod
from tests.oracles.lab.tracker import PORT, SEED_PORT

TRACKERS = {
    "peers": [f"http://{SWARM}:{PORT}/announce", f"udp://{SWARM}:{PORT}/announce"],
    "ipv6": [f"http://[{SWARM6}]:{PORT}/announce"],
}


class Swarm:
    """The swarm of one run; `records` is where its programs write what they see."""

    def __init__(self, folder: Path, pod: Pod) -> None:
        self.folder = folder
        self.records = folder / "records"
        self.records.mkdir()
        self._numbers: Iterator[int] = itertools.count(1)
        self._hashes = torrents.write_payload(folder)
        self.torrents = {
            name: self._write(name, torrents.PAYLOAD, trackers) for name, trackers in TRACKERS.items()
        }
        self._start(pod)

    def _start(self, pod: Pod) -> None:
        python = [sys.executable, "-P", "-m"]
        environment = {"PYTHONPATH": str(ROOT)}
        log = self.folder / "swarm.log"
        start(
            "swarm",
            [*python, "tests.oracles.lab.tracker", str(self.records / "tracker.jsonl")],
            log,
            environment,
        )
        seeded = [str(self.records / "seed.jsonl"), str(self.folder), str(self.torrents["peers"])]
        seed = Path(__file__).with_name("seed.py")
        start("swarm", [DEBIAN_PYTHON, str(seed), *seeded], log, {"PYTHONPATH": "", "HOME": os.devnull})
        for name, place, address in (("lan", "isp", pod.router), ("tunnel", "vpn", TUNNEL_VPN)):
            asked = [str(self.records / f"dns-{name}.jsonl"), address]
            start(place, [*python, "tests.oracles.lab.resolver", *asked], log, environment)
        wait_until(self._listens, "tracker and seed")

    @staticmethod
    def _listens() -> bool:
        listening = run("swarm", "ss", "-Htln")
        return all(f":{port} " in listening for port in (PORT, SEED_PORT))

    def named_torrent(self) -> Path:
        """A torrent that is new to everyone, whose tracker's name nobody has asked for yet."""
        name = f"tracker-{next(self._numbers)}"
        return self._write(name, name, [f"http://{name}.lab:{PORT}/announce"])

    def _write(self, file: str, name: str, trackers: list[str]) -> Path:
        path = self.folder / f"{file}.torrent"
        path.write_bytes(torrents.torrent(name, self._hashes, trackers))
        return path

    def address(self) -> str:
        """An address on the web server that nobody has fetched yet."""
        return f"http://{SWARM}:{PORT}/web/{next(self._numbers)}.torrent"
