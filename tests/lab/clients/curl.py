"""curl as the plainest client: a program that binds to nothing and follows the routing table."""

from __future__ import annotations

from pathlib import Path

from lab.clients import Setup
from lab.processes import run
from lab.topology import SWARM
from lab.tracker import PORT


class Curl:
    """Announces by HTTP. It has no settings of its own."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def start(self) -> None:
        """Nothing goes on between two requests."""

    def add(self, torrent: Path) -> None:
        """There is only one torrent to announce."""

    def announce(self) -> None:
        self.fetch(f"http://{SWARM}:{PORT}/announce")

    def fetch(self, address: str) -> None:
        run("home", "curl", "-s", "--max-time", "2", "--output", "/dev/null", address, check=False)
