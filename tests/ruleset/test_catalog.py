"""The catalogue tells programs by their images, and every entry says where it was read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vpnlint.errors import RuleError
from vpnlint.ruleset.catalog_reader import read_catalog
from vpnlint.ruleset.data_file import DataFile, find_shipped_folder, read_data_files
from vpnlint.source.node import Node

CATALOG = read_catalog(find_shipped_folder() / "catalog")
SOURCES = list(read_data_files(find_shipped_folder() / "catalog"))


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
        ("ghcr.io/martinbjeldbak/acestream-http-proxy:3.0.0", "acestream"),
        ("gangefors/airdcpp-webclient:2.13.3", "airdcpp"),
        ("liwei2633/gopeed:v1.9.0", "gopeed"),
        ("ghcr.io/tgragnato/magnetico:latest", "magnetico"),
        ("boramalper/magneticow:latest", ""),
        ("carlonluca/mldonkey:dev", "mldonkey"),
        ("ghcr.io/tribler/tribler:main", "tribler"),
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
    assert CATALOG.find_program(image) == program


def test_a_part_holds_what_the_whole_says_of_its_images() -> None:
    part = CATALOG.select_part(["qmcgaw/gluetun:v3.41.1", "busybox"])
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
def test_every_entry_says_where_it_was_read(source: DataFile) -> None:
    entries = {
        **{
            key: node
            for table in ("images", "settings")
            if table in source.root.map
            for key, node in source.root.map[table].map.items()
        },
        **(source.root.map["tun"].map["resources"].map if "tun" in source.root.map else {}),
        **({"special": source.root} if "special" in source.root.map else {}),
    }
    assert entries
    for key, node in entries.items():
        assert any(text.startswith("https://") for text in references(node)), key


def test_a_broken_entry_is_refused_at_its_place(tmp_path: Path) -> None:
    text = "software: x\nrole: client\nimages: {}\nsettings:\n  A: {means: binding, form: text, honoured: [{below: newest}]}\n"
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(RuleError, match=r"x\.yaml:5:54: 'newest' is not a version"):
        read_catalog(tmp_path)


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


def accepts(kind: str, value: str) -> bool:
    """Tell whether Gluetun's parser takes a value for a setting of this kind, as the catalogue has it."""
    gluetun = next(source for source in SOURCES if Path(source.file).stem == "gluetun")
    return re.search(gluetun.root.map["typed"].map[kind].map["accepts"].text, value) is not None


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        ("boolean", "on", True),
        ("boolean", " 'Disabled' ", True),
        ("boolean", "0", False),
        ("boolean", "true,false", False),
        ("boolean", "enable", False),
        ("networks", "10.42.0.0/16,fd00::/8", True),
        ("networks", "10.42.0.0/16, 10.43.0.0/16", False),
        ("networks", "192.168.1.0", False),
        ("networks", "192.168.1.1-192.168.1.9", False),
        ("networks", "10.0.0.0/8,", False),
        ("ports", "8080,6881", True),
        ("ports", "6881-6889", False),
        ("ports", "http", False),
        ("address", "10.43.0.10", True),
        ("address", "fd00::a", True),
        ("address", "10.43.0.10:53", False),
        ("address", "kube-dns.kube-system", False),
    ],
)
def test_what_gluetun_parses_is_told_from_what_it_ends_on(kind: str, value: str, taken: bool) -> None:
    assert accepts(kind, value) == taken


@pytest.mark.parametrize(
    ("arguments", "form"),
    [
        ("--exit-node= --ssh", "none"),
        ("--exit-node=", "none"),
        ("--exit-node", "none"),
        ("--exit-node=100.64.0.7 --exit-node-allow-lan-access", "address"),
        ("--exit-node 100.64.0.7", "address"),
        ('--exit-node="us-lax-wg-101.mullvad.ts.net"', "quoted"),
        ("--exit-node=us-lax-wg-101.mullvad.ts.net", "fqdn"),
        ("--exit-node=us-lax-wg-101.mullvad.ts.net.", "fqdn-dot"),
        ("--exit-node=auto:any", "auto"),
        ("--exit-node=home", "name"),
        ("--advertise-exit-node", "advertised"),
        ("--exit-node-allow-lan-access=true", None),
    ],
)
def test_the_exit_node_in_the_arguments_has_one_form(arguments: str, form: str | None) -> None:
    tailscale = next(source for source in SOURCES if Path(source.file).stem == "tailscale")
    forms = tailscale.root.map["exitNode"].map["forms"].map
    assert [name for name, node in forms.items() if re.search(node.map["matches"].text, arguments)] == (
        [form] if form else []
    )
