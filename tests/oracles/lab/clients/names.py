"""Any program that looks names up by the C library: a new one each time, as a client its tracker's."""

from __future__ import annotations

from pathlib import Path

from tests.oracles.lab.clients import Setup
from tests.oracles.lab.clients.daemon import become
from tests.oracles.lab.processes import start


class Names:
    """Asks by getent, which follows resolv.conf with its search domains.

    An unanswered question may outlast the window.
    """

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
        """It has no torrents."""

    def announce(self) -> None:
        """It announces nothing."""

    def fetch(self, address: str) -> None:
        """It fetches nothing."""

    def look_up(self, name: str) -> None:
        """Ask for the name's IPv4 address and wait for nothing."""
        command = [*become(self.setup.user), "timeout", "20", "getent", "ahostsv4", name]
        start(self.setup.place, command, self.setup.folder / "names.log")
