"""transmission-daemon over transmission-remote."""

from __future__ import annotations

import json
from pathlib import Path

from lab.clients import Setup
from lab.processes import run, start, wait_until


class Transmission:
    """`settings` are keys of settings.json, laid over a base that is quiet on the network."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.folder = setup.folder / "transmission"

    def start(self) -> None:
        self.folder.mkdir()
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
        command = ["transmission-daemon", "--foreground", "--config-dir", str(self.folder)]
        start("home", command, self.setup.folder / "client.log", self.setup.environment)
        wait_until(lambda: "Name" in self._ask("--list", check=False), "transmission-daemon")

    @staticmethod
    def _ask(*arguments: str, check: bool = True) -> str:
        return run("home", "timeout", "15", "transmission-remote", "127.0.0.1:9091", *arguments, check=check)

    def add(self, torrent: Path) -> None:
        self._ask("--add", str(torrent))

    def announce(self) -> None:
        # Asked to re-announce, 3.00 waits for the tracker's interval; stopped and started, it does not.
        self._ask("--torrent", "all", "--stop")
        self._ask("--torrent", "all", "--start")

    def fetch(self, address: str) -> None:
        # It takes the address at once and says later whether it could; a failure to fetch is no failure to ask.
        self._ask("--add", address, check=False)
