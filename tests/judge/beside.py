"""What stands beside the Pod of a lab configuration: a policy, the client's configuration file, a gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.oracles.lab.scenario import Scenario
from tests.oracles.lab.topology import VPN

_ENDPOINT = {
    "to": [{"ipBlock": {"cidr": f"{VPN}/32"}}],
    "ports": [{"protocol": "UDP", "port": 51820}],
}
_LAN = [
    {"ipBlock": {"cidr": cidr}} for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.2.0/24")
]
# What a policy of the router's meaning lets out; ICMPv6 is no matter of a NetworkPolicy.
_EGRESS: dict[str, list[dict[str, Any]]] = {
    "egress-policy": [_ENDPOINT],
    "egress-policy-lan": [{"to": _LAN}, _ENDPOINT],
    "egress-policy-addresses": [{"to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}],
    "egress-policy-443-udp": [
        {"ports": [{"protocol": "TCP", "port": 443}, {"protocol": "UDP", "port": 1, "endPort": 65535}]}
    ],
}
# Clients that no image binds by a variable, and where their images look for the file that does.
FILES = {
    "qbittorrent-5": "/config/qBittorrent/qBittorrent.conf",
    "deluge": "/config/core.conf",
    "deluge-2.2": "/config/core.conf",
}
_NAME = "configuration"


def policies(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the policy on the router as the NetworkPolicy of the same meaning."""
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": part},
            "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": _EGRESS[part]},
        }
        for part in scenario.defence.split("+")
        if part in _EGRESS
    ]


def mount(client: dict[str, Any], spec: dict[str, Any], path: str) -> None:
    """Give the client the file of the ConfigMap at that path."""
    key = path.rpartition("/")[2]
    client["volumeMounts"] = [{"name": _NAME, "mountPath": path, "subPath": key}]
    spec["volumes"] = [{"name": _NAME, "configMap": {"name": _NAME}}]


def config_map(path: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ConfigMap with a client's settings, written as the lab's client writes them."""
    if path == FILES["deluge"]:
        text = '{"file": 1, "format": 1}' + json.dumps(settings)
    else:
        lines = (
            (f"[{name}]", *(f"{key}={value}" for key, value in keys.items()))
            for name, keys in settings.items()
        )
        text = "".join(f"{line}\n" for section in lines for line in section)
    data = {path.rpartition("/")[2]: text}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": _NAME}, "data": data}


def pod_gateway(*, blocks: bool) -> dict[str, Any]:
    """Return the release of a pod-gateway that routes every Pod."""
    webhook = {"gatewayDefault": True, "namespaceSelector": {"type": "custom", "custom": {}}}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "vpn-gateway", "namespace": "vpn"},
        "spec": {
            "chart": {"spec": {"chart": "pod-gateway"}},
            "values": {"webhook": webhook, "settings": {"VPN_BLOCK_OTHER_TRAFFIC": blocks}},
        },
    }
