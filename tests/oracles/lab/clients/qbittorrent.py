"""qbittorrent-nox over its Web API."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.oracles.lab.clients.daemon import Daemon
from tests.oracles.lab.processes import LabError, run

API = "http://127.0.0.1:8080/api/v2"
ENTRYPOINT = Path(__file__).with_name("qbittorrent_entrypoint.py")


class QBittorrent(Daemon):
    """`settings` are sections of qBittorrent.conf, laid over a base that is quiet on the network."""

    name = "qbittorrent"

    def _configuration(self) -> str:
        sections: dict[str, dict[str, str]] = {
            "LegalNotice": {"Accepted": "true"},
            "Network": {"PortForwardingEnabled": "false"},
            "BitTorrent": {
                "Session\\DHTEnabled": str(self.setup.dht).lower(),
                "Session\\LSDEnabled": "false",
                "Session\\PeXEnabled": "false",
                "Session\\Port": "6881",
                "Session\\DefaultSavePath": str(self.folder),
            },
            "Preferences": {
                "Connection\\ResolvePeerCountries": "false",
                "WebUI\\LocalHostAuth": "false",
                "WebUI\\Address": "127.0.0.1",
                "WebUI\\CSRFProtection": "false",
                "WebUI\\HostHeaderValidation": "false",
            },
        }
        for section, values in self.setup.settings.items():
            sections.setdefault(section, {}).update(values)
        return "".join(
            f"[{section}]\n" + "".join(f"{key}={value}\n" for key, value in values.items())
            for section, values in sections.items()
        )

    @property
    def _file(self) -> Path:
        return self.folder / "qBittorrent/config/qBittorrent.conf"

    def configure(self) -> None:
        self._file.parent.mkdir(parents=True)
        self._file.write_text(self._configuration())

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.folder), **self.setup.environment}

    def command(self) -> list[str]:
        entrypoint = [sys.executable, str(ENTRYPOINT), str(self._file)] if self.setup.entrypoint else []
        return [*entrypoint, "qbittorrent-nox", f"--profile={self.folder}", "--webui-port=8080"]

    def ready(self) -> bool:
        return self._ask("app/version", check=False).startswith("v")

    def _ask(self, path: str, *arguments: str, check: bool = True) -> str:
        command = ("curl", "--silent", "--fail", "--max-time", "10", f"{API}/{path}", *arguments)
        return run(self.setup.place, *command, check=check)

    def add(self, torrent: Path) -> None:
        self._add(f"torrents=@{torrent}")

    def announce(self) -> None:
        self._ask("torrents/reannounce", "--data", "hashes=all")

    def fetch(self, address: str) -> None:
        self._add(f"urls={address}")

    def _add(self, form: str) -> None:
        answer = self._ask("torrents/add", "--form", form)
        if answer != "Ok.":
            raise LabError(f"qBittorrent does not take {form}: {answer}")
