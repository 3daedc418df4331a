"""qbittorrent-nox over its Web API."""

from __future__ import annotations

from pathlib import Path

from lab.clients import Setup
from lab.processes import LabError, run, start, wait_until

API = "http://127.0.0.1:8080/api/v2"


class QBittorrent:
    """`settings` are sections of qBittorrent.conf, laid over a base that is quiet on the network."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.folder = setup.folder / "qbittorrent"

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

    def start(self) -> None:
        file = self.folder / "qBittorrent/config/qBittorrent.conf"
        file.parent.mkdir(parents=True)
        file.write_text(self._configuration())
        command = ["qbittorrent-nox", f"--profile={self.folder}", "--webui-port=8080"]
        environment = {"HOME": str(self.folder), **self.setup.environment}
        start("home", command, self.setup.folder / "client.log", environment)
        wait_until(lambda: self._ask("app/version", check=False).startswith("v"), "qBittorrent's Web API")

    @staticmethod
    def _ask(path: str, *arguments: str, check: bool = True) -> str:
        command = ("curl", "--silent", "--fail", "--max-time", "10", f"{API}/{path}", *arguments)
        return run("home", *command, check=check)

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
