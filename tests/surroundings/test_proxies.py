"""Tests the SOCKS5 proxies in qBittorrent.conf."""

from __future__ import annotations

import pytest

from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.proxies import find_proxies

CATALOG = RULESET.catalog
POD = pod(
    "{containers: [{name: main, image: linuxserver/qbittorrent:5.1.2, volumeMounts: [{name: c, mountPath: /config/qBittorrent}]}],"
    " volumes: [{name: c, configMap: {name: conf}}]}"
)
CONFIG = r"""
kind: ConfigMap
metadata: {name: conf}
data:
  qBittorrent.conf: |
    [BitTorrent]
    Session\ProxyPeerConnections=PEERS
    [Network]
    Proxy\IP=10.0.0.1
    Proxy\Profiles\BitTorrent=USED
    Proxy\Type=TYPE
"""


@pytest.mark.parametrize(
    ("kind", "peers", "used", "proxied"),
    [
        ("SOCKS5", "true", "true", True),
        ("SOCKS5", "false", "true", False),
        ("SOCKS5", "true", "false", False),
        ("HTTP", "true", "true", False),
        ("None", "true", "true", False),
    ],
)
def test_only_a_socks5_proxy_for_peers_counts(kind: str, peers: str, used: str, proxied: bool) -> None:
    text = CONFIG.replace("PEERS", peers).replace("USED", used).replace("TYPE", kind)
    found = find_proxies(POD, objects(text), CATALOG)
    assert found == ([{"container": "main", "address": "10.0.0.1"}] if proxied else [])
