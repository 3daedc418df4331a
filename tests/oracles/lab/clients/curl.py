"""curl as the plainest client: a program that binds to nothing and follows the routing table."""

from __future__ import annotations

from tests.oracles.lab.clients import OnlyAsks
from tests.oracles.lab.processes import run, start
from tests.oracles.lab.topology import SWARM, SWARM6
from tests.oracles.lab.tracker import PORT


class Curl(OnlyAsks):
    """Announces by HTTP. It has no settings of its own, and nothing goes on between two requests."""

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
