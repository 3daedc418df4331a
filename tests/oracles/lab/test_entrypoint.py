"""The lab's own entrypoint does to qBittorrent.conf what an image that reads QBT_… documents."""

from __future__ import annotations

from pathlib import Path

from tests.oracles.lab.clients.qbittorrent_entrypoint import write


def test_a_variable_becomes_a_key_of_its_section(tmp_path: Path) -> None:
    conf = tmp_path / "qBittorrent.conf"
    conf.write_text("[BitTorrent]\nSession\\Port=6881\nSession\\Interface=eth0\n")
    environment = {
        "QBT_BitTorrent__Session__Interface": "wg0",
        "QBT_Preferences__WebUI__Port": "8080",
        "QBT_WEBUI_PORT": "1",
        "HOME": "/config",
    }
    write(conf, environment)
    lines = [line for line in conf.read_text().splitlines() if line]
    assert lines == [
        "[BitTorrent]",
        "Session\\Port=6881",
        "Session\\Interface=wg0",
        "[Preferences]",
        "WebUI\\Port=8080",
    ]


def test_an_empty_volume_gets_a_conf(tmp_path: Path) -> None:
    write(tmp_path / "qBittorrent.conf", {"QBT_A__B": "%1 = 2"})
    assert (tmp_path / "qBittorrent.conf").read_text() == "[A]\nB=%1 = 2\n\n"
