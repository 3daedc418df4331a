"""curl as the plainest client: a program that binds to nothing and follows the routing table."""

from __future__ import annotations

from pathlib import Path

from tests.oracles.lab.clients import Setup
from tests.oracles.lab.processes import run, start
from tests.oracles.lab.topology import SWARM, SWARM6
from tests.oracles.lab.tracker import PORT


class Curl:
    """Announces by HTTP. It has no settings of its own, and nothing goes on between two requests."""

    talks = False

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def launch(self) -> None:
        """It runs only while it asks."""

    def ready(self) -> bool:
        return True

    def kill(self) -> None:
        """Nothing runs that could be killed."""

    def stop(self) -> None:
        """Nothing runs that could be stopped."""

    def add(self, torrent: Path) -> None:
        """There is only one torrent to announce."""

    def announce(self) -> None:
        self.fetch(f"http://{SWARM}:{PORT}/announce")

    def announce_over_ipv6(self) -> None:
        """Wait longer: behind gluetun's rules an IPv6 connection leaves after two seconds of trying."""
        command = [
            "curl",
            "-s",
            "--max-time",
            "6",
            "--output",
            "/dev/null",
            f"http://[{SWARM6}]:{PORT}/announce",
        ]
        start(self.setup.place, command, self.setup.folder / "curl.log")

    def fetch(self, address: str) -> None:
        run(self.setup.place, "curl", "-s", "--max-time", "2", "--output", "/dev/null", address, check=False)
