"""Lists the default values of k8s-at-home's common library and torrent charts that affect a Pod.

Source: github.com/k8s-at-home/library-charts at common 4.5.2 (charts/stable/common/values.yaml) and
github.com/k8s-at-home/charts at its last commit; the history of charts/stable/<chart>/Chart.yaml shows which
version of each chart first used common 4.0 and 4.5. Both repositories are archived, so these are final.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LIBRARY: dict[str, dict[str, object]] = {
    "controller": {"enabled": True, "type": "deployment", "replicas": 1},
    "service": {
        "main": {"enabled": True, "primary": True, "ports": {"http": {"enabled": True, "protocol": "HTTP"}}}
    },
    "persistence": {
        "config": {"enabled": False, "type": "pvc"},
        "shared": {"enabled": False, "type": "emptyDir", "mountPath": "/shared"},
    },
    "addons": {
        "vpn": {
            "enabled": False,
            "type": "openvpn",
            "openvpn": {"image": {"repository": "dperson/openvpn-client", "tag": "latest"}},
            "wireguard": {"image": {"repository": "ghcr.io/k8s-at-home/wireguard", "tag": "v1.0.20210914"}},
            "gluetun": {"image": {"repository": "docker.io/qmcgaw/gluetun", "tag": "v3.30.0"}},
            "securityContext": {"capabilities": {"add": ["NET_ADMIN", "SYS_MODULE"]}},
        }
    },
}


@dataclass(frozen=True)
class Chart:
    """A chart's own values, and its first versions on common 4.0 and on common 4.5."""

    common_4_0: tuple[float, ...]
    common_4_5: tuple[float, ...]
    values: dict[str, object]
    persistence: dict[str, object] = field(default_factory=dict)


def _make_services(port: int, peers: dict[str, tuple[int, str]] | None = None) -> dict[str, object]:
    """Return the `service` of a chart: its web port, and Services for peers, which are off by default."""
    made: dict[str, object] = {
        name: {
            "enabled": False,
            "type": "ClusterIP",
            "ports": {name: {"enabled": True, "port": number, "protocol": protocol, "targetPort": number}},
        }
        for name, (number, protocol) in (peers or {}).items()
    }
    web = {"enabled": True, "protocol": "HTTP", "port": port}
    return {"main": {"enabled": True, "primary": True, "ports": {"http": web}}, **made}


def _make_volumes(*names: str) -> dict[str, object]:
    return {name: {"enabled": False, "mountPath": f"/{name}"} for name in names}


CHARTS = {
    "qbittorrent": Chart(
        (12, 0, 0),
        (13, 5, 0),
        {
            "image": {"repository": "ghcr.io/k8s-at-home/qbittorrent"},
            "env": {"TZ": "UTC"},
            "service": _make_services(8080, {"bittorrent": (6881, "TCP")}),
        },
        _make_volumes("media", "downloads"),
    ),
    "transmission": Chart(
        (8, 0, 0),
        (8, 4, 0),
        {
            "image": {"repository": "ghcr.io/k8s-at-home/transmission", "tag": "v3.00"},
            "service": _make_services(9091, {"utptcp": (51413, "TCP"), "utpudp": (51413, "UDP")}),
            "env": {
                "TZ": "UTC",
                "TRANSMISSION_WEB_HOME": "/web",
                "TRANSMISSION_RPC_PASSWORD": "CHANGEME",
                "TRANSMISSION_DOWNLOAD_DIR": "/downloads/complete",
                "TRANSMISSION_INCOMPLETE_DIR_ENABLED": False,
                "TRANSMISSION_INCOMPLETE_DIR": "/downloads/incomplete",
                "TRANSMISSION_WATCH_DIR_ENABLED": False,
                "TRANSMISSION_WATCH_DIR": "/watch",
            },
        },
        _make_volumes("config", "downloads", "watch"),
    ),
    "deluge": Chart(
        (5, 0, 0),
        (5, 4, 0),
        {
            "image": {"repository": "linuxserver/deluge", "tag": "version-2.0.3-2201906121747ubuntu18.04.1"},
            "env": {"PUID": "1000", "PGID": "1000", "TZ": "Europe/London", "DELUGE_LOGLEVEL": "error"},
            "service": _make_services(8112),
        },
        _make_volumes("config", "downloads"),
    ),
    "rtorrent-flood": Chart(
        (9, 0, 0),
        (9, 4, 0),
        {
            "image": {"repository": "jesec/rtorrent-flood"},
            "env": {"TZ": "UTC", "HOME": "/config"},
            "service": _make_services(3000, {"bittorrent": (6881, "TCP")}),
        },
        {"downloads": {"enabled": False}},
    ),
    "rtorrent-rutorrent": Chart(
        (1, 0, 0),
        (1, 1, 0),
        {
            "image": {"repository": "crazymax/rtorrent-rutorrent"},
            "env": {"TZ": "UTC", "RUTORRENT_PORT": 8080},
            "service": _make_services(8080),
        },
        {"data": {"enabled": False}, "downloads": {"enabled": False}},
    ),
}
