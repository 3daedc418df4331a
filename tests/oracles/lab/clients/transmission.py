"""transmission-daemon over transmission-remote."""

from __future__ import annotations

import json
from pathlib import Path

from tests.oracles.lab.clients.daemon import Daemon
from tests.oracles.lab.processes import run


class Transmission(Daemon):
    """`settings` are keys of settings.json, laid over a base that is quiet on the network."""

    name = "transmission"

    def configure(self) -> None:
        settings = {
            "rpc-bind-address": "127.0.0.1",
            "rpc-whitelist-enabled": False,
            "rpc-host-whitelist-enabled": False,
            "download-dir": str(self.folder),
            "dht-enabled": self.setup.dht,
            "pex-enabled": False,
            "lpd-enabled": False,
            "port-forwarding-enabled": False,
            "peer-port": 6881,
            **self.setup.settings,
        }
        (self.folder / "settings.json").write_text(json.dumps(settings))

    def command(self) -> list[str]:
        return ["transmission-daemon", "--foreground", "--config-dir", str(self.folder)]

    def ready(self) -> bool:
        return "Name" in self._ask("--list", check=False)

    def _ask(self, *arguments: str, check: bool = True) -> str:
        command = self.within("timeout", "15", "transmission-remote", "127.0.0.1:9091", *arguments)
        return run(self.setup.place, *command, check=check)

    def add(self, torrent: Path) -> None:
        self._ask("--add", str(torrent))

    def announce(self) -> None:
        # Asked to re-announce, 3.00 waits for the tracker's interval; stopped and started, it does not.
        self._ask("--torrent", "all", "--stop")
        self._ask("--torrent", "all", "--start")

    def fetch(self, address: str) -> None:
        # It takes the address at once and says later whether it could; a failure to fetch is no failure to
        # ask.
        self._ask("--add", address, check=False)
