"""Proxies that a client sends its traffic to, as its configuration in a ConfigMap says.

Sources: qBittorrent release-5.2.3 src/base/net/proxyconfigurationmanager.cpp (`Network/Proxy/Type`: SOCKS5,
HTTP, SOCKS4, or None; `IP`; `Profiles/BitTorrent`), src/base/bittorrent/sessionimpl.cpp
(`Session/ProxyPeerConnections`: peers too, which is off by default; a proxied session sends nothing to peers
beside the proxy where libtorrent's proxy_hostnames and anonymous settings let it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.surroundings.config_formats import read_settings
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.workloads.workload import Workload

_CLIENT = "qbittorrent"
# Alone of all kinds SOCKS5 carries UDP, which DHT and uTP need. The number is what versions before 4.6 wrote.
_SOCKS5 = ("SOCKS5", "2", "5")


def find_proxies(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return the SOCKS5 proxy of each client that sends its peers' traffic to one: container and address."""
    return list(_find(workload, objects, catalog))


def _find(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    for container in workload.containers:
        if catalog.find_program(container.text_at("image")) != _CLIENT:
            continue
        paths = {path for config in catalog.configs.get(_CLIENT, ()) for path in config.paths}
        for file in find_mounted_files(container, workload, objects):
            if file.text is None or file.path not in paths:
                continue
            found = read_settings(file.text.text, file.path) or {}
            typed = found.get("Network/Proxy\\Type", "")
            peers = found.get("BitTorrent/Session\\ProxyPeerConnections", "false").lower() == "true"
            used = found.get("Network/Proxy\\Profiles\\BitTorrent", "true").lower() == "true"
            if typed in _SOCKS5 and peers and used:
                address = found.get("Network/Proxy\\IP", "")
                yield {"container": container.text_at("name"), "address": address}
