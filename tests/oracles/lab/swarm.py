"""Starts what answers the home: tracker and seed in the swarm, resolvers on the LAN and behind the tunnel."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.oracles.lab import resolver, torrents, tracker
from tests.oracles.lab.processes import DEBIAN_PYTHON, fork, run, start, wait_until
from tests.oracles.lab.resolver import ENCRYPTED
from tests.oracles.lab.topology import (
    CLUSTER_RESOLVER,
    HOME_RESOLVER,
    PUBLIC_RESOLVER,
    SWARM,
    SWARM6,
    TUNNEL_VPN,
    Pod,
)
from tests.oracles.lab.tracker import PORT, SEED_PORT

TRACKERS = {
    "peers": [f"http://{SWARM}:{PORT}/announce", f"udp://{SWARM}:{PORT}/announce"],
    "ipv6": [f"http://[{SWARM6}]:{PORT}/announce"],
}


# Namespace → the TCP ports that must be open before anything begins
WAITED_FOR = (("swarm", (PORT, SEED_PORT, ENCRYPTED)), ("isp", (ENCRYPTED,)), ("vpn", (ENCRYPTED,)))


class Swarm:
    """The swarm of one run; `records` is where its programs write what they see."""

    def __init__(self, folder: Path, pod: Pod) -> None:
        self.folder = folder
        self.records = folder / "records"
        self.records.mkdir()
        self._numbers: Iterator[int] = itertools.count(1)
        payload, self._hashes = torrents.payload()
        (folder / torrents.PAYLOAD).write_bytes(payload)
        self.torrents = {
            name: self._write(name, torrents.PAYLOAD, trackers) for name, trackers in TRACKERS.items()
        }
        self._start(pod)

    def _start(self, pod: Pod) -> None:
        log = self.folder / "swarm.log"
        fork("swarm", partial(tracker.serve, self.records / "tracker.jsonl"), log)
        seeded = [str(self.records / "seed.jsonl"), str(self.folder), str(self.torrents["peers"])]
        seed = Path(__file__).with_name("seed.py")
        start("swarm", [DEBIAN_PYTHON, str(seed), *seeded], log, {"PYTHONPATH": "", "HOME": os.devnull})
        lan = [f"cluster={CLUSTER_RESOLVER}:{HOME_RESOLVER}"] if pod.resolver == CLUSTER_RESOLVER else []
        lan += [f"home={HOME_RESOLVER}" if lan else f"lan={pod.resolver}"]
        resolvers = {"isp": lan, "vpn": [f"tunnel={TUNNEL_VPN}"], "swarm": [f"public={PUBLIC_RESOLVER}"]}
        for place, served in resolvers.items():
            fork(place, partial(resolver.serve, self.records / f"dns-{place}.jsonl", served), log)
        wait_until(lambda: all(map(listens, WAITED_FOR)), "tracker, seed and resolvers")

    def new_name(self) -> str:
        """A tracker's name that nobody has asked for yet.

        It ends as real ones do, since gluetun takes .lab for the LAN's own.
        """
        return f"tracker-{next(self._numbers)}.example.org"

    def named_torrent(self) -> Path:
        """A torrent that is new to everyone, whose tracker's name nobody has asked for yet."""
        name = self.new_name()
        return self._write(name, name, [f"http://{name}:{PORT}/announce"])

    def _write(self, file: str, name: str, trackers: list[str]) -> Path:
        path = self.folder / f"{file}.torrent"
        path.write_bytes(torrents.torrent(name, self._hashes, trackers))
        return path

    def address(self) -> str:
        """An address on the web server that nobody has fetched yet."""
        return f"http://{SWARM}:{PORT}/web/{next(self._numbers)}.torrent"


def listens(waited_for: tuple[str, tuple[int, ...]]) -> bool:
    """Whether all of the ports are open in the namespace."""
    namespace, ports = waited_for
    listening = run(namespace, "ss", "-Htln")
    return all(f":{port} " in listening for port in ports)
