"""Lists the default values of app-template 1.x and 2.x that affect a Pod; 3.0 and later have none.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/values.yaml, versions 1.5.1, 2.3.0 and 2.5.0.
"""

from __future__ import annotations

from vpnlint.charts.helm.values import Plain


def _make_probe(period: int, failures: int) -> Plain:
    times = {
        "initialDelaySeconds": 0,
        "periodSeconds": period,
        "timeoutSeconds": 1,
        "failureThreshold": failures,
    }
    return {"enabled": True, "custom": False, "type": "TCP", "spec": times}


_PROBES: Plain = {
    "liveness": _make_probe(10, 3),
    "readiness": _make_probe(10, 3),
    "startup": _make_probe(5, 30),
}

DEFAULTS_1: Plain = {
    "controller": {"enabled": True, "type": "deployment", "replicas": 1},
    "automountServiceAccountToken": True,
    "enableServiceLinks": True,
    "probes": _PROBES,
    "service": {
        "main": {
            "enabled": True,
            "primary": True,
            "ports": {"http": {"enabled": True, "primary": True, "port": None, "protocol": "HTTP"}},
        },
    },
    "persistence": {
        "config": {"enabled": False, "type": "pvc"},
        "shared": {"enabled": False, "type": "emptyDir", "mountPath": "/shared"},
    },
    "addons": {
        "vpn": {
            "enabled": False,
            "type": "gluetun",
            "gluetun": {"image": {"repository": "docker.io/qmcgaw/gluetun", "tag": "v3.34.3"}},
            "securityContext": {"capabilities": {"add": ["NET_ADMIN", "SYS_MODULE"]}},
        },
        "codeserver": {
            "enabled": False,
            "image": {"repository": "ghcr.io/coder/code-server", "tag": "4.13.0"},
            "securityContext": {"runAsUser": 0},
        },
        "netshoot": {
            "enabled": False,
            "image": {"repository": "ghcr.io/nicolaka/netshoot", "tag": "v0.11"},
            "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}},
        },
    },
}

DEFAULTS_2: Plain = {
    "controllers": {
        "main": {"enabled": True, "replicas": 1, "containers": {"main": {"order": 1, "probes": _PROBES}}},
    },
    "service": {
        "main": {
            "enabled": True,
            "controller": "main",
            "primary": True,
            "ports": {"http": {"enabled": True, "primary": True, "protocol": "HTTP"}},
        },
    },
    "persistence": {"config": {"enabled": False}},
    "configMaps": {"config": {"enabled": False}},
    "secrets": {"secret": {"enabled": False}},
}
