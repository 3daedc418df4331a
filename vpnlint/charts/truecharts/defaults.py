"""Lists the default values of TrueCharts' common library and torrent charts that affect a Pod.

Image tags, which those charts pin by digest and change weekly, and the amounts of cpu and memory are left
unknown. Sources: github.com/truecharts/library-charts at common 24.1.9 (library/common/values.yaml and
templates/addons/vpn) and github.com/trueforge-org/truecharts, formerly truecharts/public, at common 28
(charts/library/common/values.yaml, charts/stable/{qbittorrent,transmission,deluge}/values.yaml;
rtorrent-rutorrent at common 14).
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import CHART_DEFAULT


def _make_image(repository: str) -> dict[str, object]:
    return {"repository": repository, "tag": CHART_DEFAULT, "pullPolicy": "IfNotPresent"}


def _make_scratch(path: str, medium: str = "Memory") -> dict[str, object]:
    return {"enabled": True, "type": "emptyDir", "mountPath": path, "medium": medium, "targetSelectAll": True}


ROOT = {"runAsUser": 0, "runAsGroup": 0, "readOnlyRootFilesystem": False}

GLUETUN: dict[str, object] = {
    "enabled": True,
    "imageSelector": "gluetunImage",
    "resources": {"excludeExtra": True},
    "securityContext": {
        **ROOT,
        "runAsGroup": 568,
        "capabilities": {"add": ["NET_ADMIN", "NET_RAW", "MKNOD"]},
    },
}
_GLUETUN_ENV = {
    "DOT": "off",
    "DNS_KEEP_NAMESERVER": "on",
    "FIREWALL": "off",
    "FIREWALL_OUTBOUND_SUBNETS": "",
    "FIREWALL_INPUT_PORTS": "",
}
TAILSCALE: dict[str, object] = {
    "enabled": True,
    "imageSelector": "tailscaleImage",
    "command": ["/usr/local/bin/containerboot"],
    "resources": {"excludeExtra": True},
    "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}},
}
TAILSCALE_ENV = {
    "TS_KUBE_SECRET": "",
    "TS_SOCKET": "/var/run/tailscale/tailscaled.sock",
    "TS_STATE_DIR": "/var/lib/tailscale/state",
}
_TAILSCALE_ENV = {
    **TAILSCALE_ENV,
    "TS_USERSPACE": True,
    "TS_AUTH_ONCE": True,
    "TS_ACCEPT_DNS": False,
    "TS_AUTH_KEY": "",
    "TS_TAILSCALED_EXTRA_ARGS": "",
    "TS_EXTRA_ARGS": "",
    "TS_SOCKS5_SERVER": "",
    "TS_DEST_IP": "",
    "TS_ROUTES": "",
    "TS_OUTBOUND_HTTP_PROXY_LISTEN": "",
}

LIBRARY: dict[str, object] = {
    "TZ": "UTC",
    "gluetunImage": _make_image("oci.trueforge.org/tccr/gluetun"),
    "tailscaleImage": _make_image("oci.trueforge.org/tccr/tailscale"),
    "openvpnImage": _make_image("oci.trueforge.org/tccr/openvpn-client"),
    "wireguardImage": _make_image("oci.trueforge.org/tccr/wireguard"),
    "securityContext": {
        "container": {
            "runAsUser": 568,
            "runAsGroup": 568,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "seccompProfile": {"type": "RuntimeDefault"},
            "capabilities": {"add": [], "drop": ["ALL"], "disableS6Caps": False},
            "PUID": 568,
            "UMASK": "0022",
        },
        "pod": {"fsGroup": 568, "fsGroupChangePolicy": "OnRootMismatch"},
    },
    "resources": dict.fromkeys(("limits", "requests"), dict.fromkeys(("cpu", "memory"), CHART_DEFAULT)),
    "podOptions": {"hostNetwork": False, "dnsPolicy": "ClusterFirst", "automountServiceAccountToken": False},
    "workload": {
        "main": {
            "enabled": True,
            "primary": True,
            "type": "Deployment",
            "podSpec": {"containers": {"main": {"enabled": True, "primary": True, "imageSelector": "image"}}},
        }
    },
    "service": {
        "main": {"enabled": True, "primary": True, "ports": {"main": {"enabled": True, "protocol": "http"}}}
    },
    "persistence": {
        "shared": _make_scratch("/shared", medium=""),
        "varlogs": _make_scratch("/var/logs"),
        "varrun": _make_scratch("/var/run"),
        "tmp": _make_scratch("/tmp"),
        "devshm": _make_scratch("/dev/shm"),
    },
    "addons": {
        "gluetun": {
            "enabled": False,
            "targetSelector": ["main"],
            "container": {**GLUETUN, "env": _GLUETUN_ENV},
        },
        "tailscale": {
            "enabled": False,
            "targetSelector": ["main"],
            "container": {**TAILSCALE, "env": _TAILSCALE_ENV},
        },
        "vpn": {
            "type": "disabled",
            "targetSelector": ["main"],
            "killSwitch": True,
            "tailscale": {"userspace": True, "auth_once": True, "accept_dns": False},
        },
    },
}


def _make_peer_service(port: int, tcp: str = "torrent", udp: str = "torrentudp") -> dict[str, object]:
    """Return the Service that a chart makes for peers; its UDP port follows the TCP port."""
    same = f"{{{{ .Values.service.torrent.ports.{tcp}.port }}}}"
    ports = {
        tcp: {"enabled": True, "port": port, "protocol": "tcp"},
        udp: {"enabled": True, "port": same, "protocol": "udp"},
    }
    return {"torrent": {"enabled": True, "ports": ports}}


def _make_client(
    repository: str, port: int, *volumes: str, peers: dict[str, object] | None = None, **values: object
) -> dict[str, object]:
    """Return a torrent chart's own values: its image, web port, volumes and Service for peers."""
    return {
        "image": _make_image(repository),
        "service": {"main": {"ports": {"main": {"port": port}}}, **(peers or {})},
        "persistence": {name: {"enabled": True, "mountPath": f"/{name}"} for name in volumes},
        **values,
    }


_WRITABLE = {"container": {"readOnlyRootFilesystem": False}}
_AS_ROOT = {"container": ROOT}

CHARTS: dict[str, dict[str, object]] = {
    "qbittorrent": _make_client(
        "oci.trueforge.org/containerforge/qbittorrent",
        10095,
        "config",
        peers=_make_peer_service(6881),
        securityContext=_WRITABLE,
        qbitportforward={"enabled": False},
        qbitportforwardImage=_make_image("docker.io/mjmeli/qbittorrent-port-forward-gluetun-server"),
        workload={
            "qbitportforward": {
                "enabled": True,
                "type": "CronJob",
                "schedule": "*/5 * * * *",
                "podSpec": {
                    "restartPolicy": "OnFailure",
                    "containers": {
                        "qbitportforward": {
                            "enabled": True,
                            "primary": True,
                            "imageSelector": "qbitportforwardImage",
                            "command": "/usr/src/app/main.sh",
                        }
                    },
                },
            }
        },
    ),
    "transmission": _make_client(
        "docker.io/linuxserver/transmission",
        9091,
        "config",
        peers=_make_peer_service(51414),
        securityContext=_AS_ROOT,
    ),
    "deluge": _make_client(
        "oci.trueforge.org/containerforge/deluge",
        8112,
        "config",
        peers=_make_peer_service(6881, "tcp", "udp"),
    ),
    "rtorrent-rutorrent": _make_client(
        "ghcr.io/crazy-max/rtorrent-rutorrent", 8080, "data", "downloads", "passwd", securityContext=_AS_ROOT
    ),
}
# qbittorrent's image until chart 20; it changed between 20 and 24, in a version that was not available.
OLD_QBITTORRENT_IMAGE = _make_image("ghcr.io/onedr0p/qbittorrent")
