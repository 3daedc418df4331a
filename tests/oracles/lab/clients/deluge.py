"""deluged over its own protocol."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from tests.oracles.lab.clients import Setup
from tests.oracles.lab.clients.daemon import Daemon
from tests.oracles.lab.processes import DEBIAN_PYTHON, run

PORT = 58846
# A method and its arguments
Call = list[str | bool | list[str] | dict[str, bool]]
DRIVER = Path(__file__).with_name("deluge_rpc.py")


class Deluge(Daemon):
    """`settings` are keys of core.conf, laid over a base that is quiet on the network."""

    name = "deluge"

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.torrents: dict[Path, str] = {}

    def configure(self) -> None:
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

    def command(self) -> list[str]:
        return ["deluged", "--do-not-daemonize", "--config", str(self.folder)]

    def ready(self) -> bool:
        return f":{PORT} " in run(self.setup.place, "ss", "-Htln")

    def _ask(self, calls: list[Call], *, check: bool = True) -> list[Any]:
        """The answers to these calls; none where the daemon refuses one and that does not matter."""
        command = (DEBIAN_PYTHON, str(DRIVER), str(PORT), json.dumps(calls))
        answers: list[Any] = json.loads(run(self.setup.place, *command, check=check) or "[]")
        return answers

    def add(self, torrent: Path) -> None:
        (self.torrents[torrent],) = self._ask([addition(torrent)])

    def announce(self) -> None:
        # Asked to announce, libtorrent waits for intervals and for what is under way; a new torrent begins at
        # once. After a crash deluged may have forgotten it, which is no error of this call.
        removal: Call = ["core.remove_torrents", list(self.torrents.values()), False]
        self._ask([removal, *map(addition, self.torrents)])

    def fetch(self, address: str) -> None:
        # The daemon answers when it has the file or gives up; a failure to fetch is no failure to ask.
        self._ask([["core.add_torrent_url", address, {}]], check=False)


def addition(torrent: Path) -> Call:
    """The call that adds a torrent file.

    libtorrent begins with what it manages itself only at its next round, up to half a minute later.
    """
    content = base64.b64encode(torrent.read_bytes()).decode()
    return ["core.add_torrent_file", torrent.name, content, {"auto_managed": False}]
