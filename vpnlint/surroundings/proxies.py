"""Finds the SOCKS5 proxies to which clients send their traffic, in configuration files from ConfigMaps.

Sources: qBittorrent release-5.2.3 src/base/net/proxyconfigurationmanager.cpp (`Network/Proxy/Type`: SOCKS5,
HTTP, SOCKS4, or None; `IP`; `Profiles/BitTorrent`), src/base/bittorrent/sessionimpl.cpp
(`Session/ProxyPeerConnections` also proxies peer connections and is off by default; a proxied session
bypasses the proxy for no peer, as far as libtorrent's proxy_hostnames and anonymous settings allow).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.surroundings.config_formats import read_client_settings
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.workloads.workload import Workload

_CLIENT = "qbittorrent"
# Only SOCKS5 carries UDP, which DHT and uTP need. Versions before 4.6 wrote the numbers.
_SOCKS5 = ("SOCKS5", "2", "5")


def find_proxies(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return `container` and `address` for each client that sends peer traffic through a SOCKS5 proxy."""
    return list(_list_proxies(workload, objects, catalog))


def _list_proxies(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    for container in workload.containers:
        if catalog.find_program(container.text_at("image")) != _CLIENT:
            continue
        paths = {path for config in catalog.configs.get(_CLIENT, ()) for path in config.paths}
        for file in find_mounted_files(container, workload, objects):
            if file.text is None or file.path not in paths:
                continue
            settings = read_client_settings(file.text.text, file.path) or {}
            kind = settings.get("Network/Proxy\\Type", "")
            peers = settings.get("BitTorrent/Session\\ProxyPeerConnections", "false").lower() == "true"
            used = settings.get("Network/Proxy\\Profiles\\BitTorrent", "true").lower() == "true"
            if kind in _SOCKS5 and peers and used:
                address = settings.get("Network/Proxy\\IP", "")
                yield {"container": container.text_at("name"), "address": address}
