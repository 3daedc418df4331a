"""deluged over deluge-console."""

from __future__ import annotations

import json
from pathlib import Path

from lab.clients import Setup
from lab.processes import run, start, wait_until

PORT = 58846


class Deluge:
    """`settings` are keys of core.conf, laid over a base that is quiet on the network."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.folder = setup.folder / "deluge"

    def start(self) -> None:
        self.folder.mkdir()
        settings = {
            "dht": self.setup.dht,
            "lsd": False,
            "upnp": False,
            "natpmp": False,
            "utpex": False,
            "listen_ports": [6881, 6881],
            "random_port": False,
            "download_location": str(self.folder),
            "daemon_port": PORT,
            **self.setup.settings,
        }
        # Deluge's own format: a header object, then the settings.
        (self.folder / "core.conf").write_text('{"file": 1, "format": 1}' + json.dumps(settings))
        (self.folder / "auth").write_text("localclient:lab:10\nlab:lab:10\n")
        command = ["deluged", "--do-not-daemonize", "--config", str(self.folder)]
        start("home", command, self.setup.folder / "client.log", self.setup.environment)
        wait_until(lambda: f":{PORT} " in run("home", "ss", "-Htln"), "deluged")

    def _ask(self, command: str) -> None:
        line = f"connect 127.0.0.1:{PORT} lab lab; {command}"
        run("home", "timeout", "8", "deluge-console", "--config", str(self.folder), line, check=False)

    def add(self, torrent: Path) -> None:
        self._ask(f"add {torrent}")

    def announce(self) -> None:
        # update-tracker respects the minimum interval; pause and resume do not.
        self._ask("pause *; resume *")

    def fetch(self, address: str) -> None:
        self._ask(f"add {address}")
