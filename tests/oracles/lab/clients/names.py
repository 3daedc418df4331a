"""Any program that looks names up by the C library: a new one each time, as a client its tracker's."""

from __future__ import annotations

from tests.oracles.lab.clients import OnlyAsks
from tests.oracles.lab.clients.daemon import become
from tests.oracles.lab.processes import start


class Names(OnlyAsks):
    """Asks by getent, which follows resolv.conf with its search domains.

    An unanswered question may outlast the window.
    """

    def look_up(self, name: str) -> None:
        """Ask for the name's IPv4 address and wait for nothing."""
        command = [*become(self.setup.user), "timeout", "20", "getent", "ahostsv4", name]
        start(self.setup.place, command, self.setup.folder / "names.log")
