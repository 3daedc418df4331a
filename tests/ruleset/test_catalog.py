"""The catalogue tells programs by their images, and every entry says where it was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpnlint.errors import RuleError
from vpnlint.ruleset import catalog
from vpnlint.ruleset import data_file as data
from vpnlint.source.node import Node

CATALOG = catalog.load(data.shipped() / "catalog")
SOURCES = list(data.sources(data.shipped() / "catalog"))


@pytest.mark.parametrize(
    ("image", "program"),
    [
        ("ghcr.io/home-operations/qbittorrent:5.1.4@sha256:25fc", "qbittorrent"),
        ("registry.example:5000/mirror/linuxserver/qbittorrent", "qbittorrent"),
        ("LSCR.io/LinuxServer/Transmission:4.0.6", "transmission"),
        ("example.org/me/qbittorrent-nox", "qbittorrent"),
        ("qmcgaw/gluetun", "gluetun"),
        ("ghcr.io/tailscale/tailscale:v1.80.0", "tailscale"),
        ("ghcr.io/someone/gluetun-qb-port-sync:1.0", ""),
        ("ghcr.io/esanchezm/prometheus-qbittorrent-exporter:v1", ""),
        ("ghcr.io/stuffanthings/qbit_manage:v4", ""),
        ("ghcr.io/tailscale/k8s-operator:v1.80.0", ""),
        ("docker.io/library/busybox:latest", ""),
        ("ghcr.io/bitmagnet-io/bitmagnet:v0.10.0", "bitmagnet"),
        ("ghcr.io/slskd/slskd:0.26.0", "slskd"),
        ("p3terx/aria2-pro", "aria2"),
        ("ghcr.io/yourok/torrserver:MatriX.143", "torrserver"),
        ("ghcr.io/varbhat/exatorrent:latest", "exatorrent"),
        ("ekho/utorrent:latest", "utorrent"),
        ("superng6/qbittorrentee:5.1.3.10", "qbittorrent"),
        ("cr.hotio.dev/hotio/qflood", "qbittorrent"),
        ("ilteoood/docker-surfshark:latest", "surfshark"),
        ("netbirdio/netbird:0.77.1", "netbird"),
        ("lscr.io/linuxserver/sabnzbd:4.5.3", ""),
        ("lscr.io/linuxserver/nzbget:latest", ""),
        ("", ""),
    ],
)
def test_programs_are_told_by_their_images(image: str, program: str) -> None:
    assert CATALOG.program(image) == program


def test_a_part_holds_what_the_whole_says_of_its_images() -> None:
    part = CATALOG.part(["qmcgaw/gluetun:v3.41.1", "busybox"])
    assert part["images"] == {"qmcgaw/gluetun": "gluetun"}
    assert part["software"] == {"gluetun": CATALOG.constant["software"]["gluetun"]}
    assert part["tun"] == CATALOG.constant["tun"]


def test_every_client_is_found_by_a_word_of_the_byte_search() -> None:
    clients = {name for name, entry in CATALOG.constant["software"].items() if entry["role"] == "client"}
    for table in ("images", "names"):
        for name, program in CATALOG.constant[table].items():
            assert program not in clients or any(word in name.encode() for word in CATALOG.words), name


def references(node: Node) -> list[str]:
    found = [node.map["reference"].text] if "reference" in node.map else []
    return found + ([item.text for item in node.map["references"].list] if "references" in node.map else [])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: Path(source.file).stem)
def test_every_entry_says_where_it_was_read(source: data.Source) -> None:
    entries = {
        **{
            key: node
            for table in ("images", "settings")
            if table in source.root.map
            for key, node in source.root.map[table].map.items()
        },
        **(source.root.map["tun"].map["resources"].map if "tun" in source.root.map else {}),
    }
    assert entries
    for key, node in entries.items():
        assert any(text.startswith("https://") for text in references(node)), key


def test_a_broken_entry_is_refused_at_its_place(tmp_path: Path) -> None:
    text = "software: x\nrole: client\nimages: {}\nsettings:\n  A: {means: binding, form: text, honoured: [{below: newest}]}\n"
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(RuleError, match=r"x\.yaml:5:54: 'newest' is not a version"):
        catalog.load(tmp_path)


@pytest.mark.parametrize(
    ("image", "blocks"),
    [
        ("ilteoood/docker-surfshark", "false"),
        ("cmulk/wireguard-docker", "false"),
        ("netbirdio/netbird", "false"),
        ("misioslav/expressvpn", None),
        ("caomingjun/warp", None),
    ],
)
def test_a_kill_switch_is_claimed_only_where_one_was_read(image: str, blocks: str | None) -> None:
    assert CATALOG.constant["killSwitches"].get(image) == blocks


@pytest.mark.parametrize(
    ("image", "blocks"),
    [
        ("serversathome/qbittorrent-vpn", "true"),
        ("serversathome/qbittorrent-wireguard", "true"),
        ("hotio/qflood", "true"),
        ("binhex/arch-rutorrentvpn", "unknown"),
        ("jeroenslot/transmission-proton-wireguard", "unknown"),
    ],
)
def test_what_a_vpn_inside_an_image_blocks_is_unknown_without_its_source(image: str, blocks: str) -> None:
    assert CATALOG.constant["inside"][image]["killSwitch"] == blocks
