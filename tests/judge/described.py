"""The manifest of a lab configuration: what a person would have written to get it in a cluster."""

from __future__ import annotations

import json
from typing import Any

from tests.judge.beside import FILES, config_map, mount, pod_gateway, policies
from tests.judge.described_vpn import describe_vpn
from tests.oracles.lab.defences import container
from tests.oracles.lab.scenario import Scenario

_CLIENTS = {
    # curl and getent stand for any program that follows the routes (docs/lab.md), and no torrent client is
    # called so.
    "curl": ("transmission", "ghcr.io/home-operations/transmission:4.0.6"),
    "names": ("transmission", "ghcr.io/home-operations/transmission:4.0.6"),
    "transmission": ("transmission", "ghcr.io/home-operations/transmission:4.0.6"),
    "transmission-4": ("transmission", "ghcr.io/home-operations/transmission:4.1.0"),
    "deluge": ("deluge", "lscr.io/linuxserver/deluge:2.0.3"),
    "deluge-2.2": ("deluge", "lscr.io/linuxserver/deluge:2.2.0"),
    # Its entrypoint writes QBT_… into qBittorrent.conf, as the lab writes the file.
    "qbittorrent": ("qbittorrent", "ghcr.io/onedr0p/qbittorrent:4.5.2"),
    "qbittorrent-5": ("qbittorrent", "ghcr.io/home-operations/qbittorrent:5.1.0"),
}
# Where an event is one of another order than the client's container first: how the VPN's stands before it.
_ORDERS = {"start-together": "vpn-first", "sidecar-started": "native", "after-probe": "probed"}
# Transmission and OpenVPN in one image, which binds the one to the other
_HAUGENE: dict[str, Any] = {
    "name": "transmission",
    "image": "haugene/transmission-openvpn:5.4.1",
    "env": [{"name": "DROP_DEFAULT_ROUTE", "value": "true"}],
    "securityContext": {"privileged": True},
}
_NOBODY_READS = "ghcr.io/home-operations/qbittorrent:4.5.2"
_STILL_LEGACY = "ghcr.io/k8s-at-home/qbittorrent:v4.3.9"
_SESSION, _LEGACY = "QBT_BitTorrent__Session__", "QBT_Preferences__Connection__"
_KILL_SWITCH = """\
table {family} kill-switch {{
  chain output {{
    type filter hook output priority filter; policy drop;
    oifname "lo" accept
    {accept}
  }}
}}
"""


def name(scenario: Scenario) -> str:
    """Return the configuration's name: tunnel, defence and client, as the scenario has them."""
    variant = "no-flag" if _set_by_hand(scenario) else _ORDERS.get(scenario.event, "")
    if scenario.pod == "user-namespace":
        variant = "own-users"
    client = "transmission" if scenario.client in ("curl", "names") else scenario.client
    return ".".join(filter(None, (scenario.tunnel, scenario.defence, client, variant)))


def why_not(scenario: Scenario) -> str:
    """Return why no manifest of a Pod describes the scenario, or nothing where one does."""
    parts = set(scenario.defence.split("+"))
    if scenario.tunnel.endswith("-ambient"):
        return "Kubernetes sets no ambient capabilities, and a program file's own are in no manifest"
    if scenario.tunnel.endswith("-own-users"):
        return "the user namespace of a Pod always owns its network namespace"
    if scenario.tunnel == "openvpn-forgets-device":
        return "whether OpenVPN's configuration keeps its device while it restarts is in no manifest"
    if (scenario.tunnel, scenario.client, scenario.traffic) == ("openvpn-drop-default", "curl", "peers"):
        return "the image of that configuration binds its client, and curl is any other program in it"
    if scenario.tunnel == "openvpn-block-outside-dns":
        return "what the server of OpenVPN pushes is in no manifest"
    if "egress-policy-443" in parts:
        return (
            "whether a tracker or a peer listens on the port that a policy lets out is not in the manifests"
        )
    if scenario.defence == "egress-policy-443-udp" and scenario.event == "vpn-crash":
        return "by which of its sockets a client reaches a peer first is chance"
    if "env-preferences-read" in parts:
        return "whether qBittorrent has used the volume before is not in the manifest"
    if scenario.tunnel == "wireguard-replaced-route":
        return "which routes a tunnel makes is not in its manifest; vpnlint takes those of wg-quick"
    if any(part.startswith("transcribed-") for part in parts):
        return "the transcribed rules are those of images whose VPN the lab did not run"
    if scenario.traffic == "dht-names":
        return "the matrix has no such traffic"
    if scenario.traffic == "dns" and scenario.tunnel == "wireguard-dns":
        return "which resolver the tunnel's own configuration names is in no manifest"
    if scenario.traffic == "ipv6" and scenario.tunnel == "wireguard-ipv6":
        return "whether the tunnel carries IPv6 is in no manifest"
    if scenario.event == "peer-unreachable" and scenario.tunnel.endswith("-off"):
        return "the replay does not restart its VPN by itself, as the real Gluetun does"
    if scenario.traffic == "dns" and scenario.pod != "cluster":
        return "the resolver stands on the Pod's own link, which no cluster's does"
    return ""


def manifests(
    scenario: Scenario, tunnel: dict[str, Any], defences: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the Pod and what stands beside it.

    The client comes first, as in the lab's start-up it is there before the tunnel.
    """
    gateway = tunnel["kind"] == "pod-gateway"
    vpn, device = ({}, "") if gateway else describe_vpn(tunnel, flag=not _set_by_hand(scenario))
    client_name, image = _CLIENTS[scenario.client]
    client: dict[str, Any] = {"name": client_name, "image": image}
    spec = _ordered(client, vpn, _ORDERS.get(scenario.event, ""))
    if scenario.pod == "user-namespace":
        spec["hostUsers"] = False
    beside = policies(scenario)
    if gateway:
        spec = {"containers": [client]}
        beside.append(pod_gateway(blocks=tunnel["blocks"]))
    for part in scenario.defence.split("+"):
        environment: dict[str, str] = {}
        if scenario.client in FILES and "clients" in defences[part]:
            settings = json.dumps(defences[part]["clients"][client_name]).replace("{device}", device)
            mount(client, spec, FILES[scenario.client])
            beside.append(config_map(FILES[scenario.client], json.loads(settings)))
        elif defences[part].keys() & {"clients", "environment"}:
            environment, client["image"] = _binding(part, scenario.client, device, image)
        client.setdefault("env", []).extend(
            {"name": key, "value": value} for key, value in environment.items()
        )
        if rules := defences[part].get("nftables"):
            accept = "\n    ".join(rules["accept"]).format(device=device, endpoint="198.51.100.1")
            script = _KILL_SWITCH.format(family=rules.get("family", "inet"), accept=accept)
            wall = {
                "name": "kill-switch",
                "image": "docker.io/nicolaka/netshoot:v0.14",
                "command": ["nft", script],
                "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}},
            }
            spec["initContainers"] = [wall, *spec.get("initContainers", [])]
        if proposed := defences[part].get("kill_switch"):
            spec["initContainers"] = [container(proposed), *spec.get("initContainers", [])]
        if user := defences[part].get("user"):
            client["securityContext"] = {"runAsUser": user}
        if sysctls := defences[part].get("sysctl"):
            pairs = [setting.split("=") for setting in sysctls]
            spec["securityContext"] = {"sysctls": [{"name": key, "value": value} for key, value in pairs]}
        if defences[part].get("resolver") == "tunnel":
            spec |= {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.64.0.1"]}}
    if not client["env"]:
        del client["env"]
    if tunnel.get("drop_default"):
        spec = {"containers": [_HAUGENE]}
    return [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": client_name}, "spec": spec}, *beside]


def _ordered(client: dict[str, Any], vpn: dict[str, Any], order: str) -> dict[str, Any]:
    if order in ("native", "probed"):
        sidecar = {**vpn, "restartPolicy": "Always"}
        if order == "probed":
            sidecar["startupProbe"] = {
                "exec": {"command": ["/bin/sh", "-c", "wget -q -O /dev/null 203.0.113.10"]}
            }
        return {"initContainers": [sidecar], "containers": [client]}
    return {"containers": [vpn, client] if order == "vpn-first" else [client, vpn]}


def _set_by_hand(scenario: Scenario) -> bool:
    """Tell whether the exit node was chosen by a command that no manifest holds and nobody gives again."""
    return scenario.tunnel.startswith("tailscale") and scenario.event == "state-lost"


def _binding(part: str, client: str, device: str, image: str) -> tuple[dict[str, str], str]:
    """Return the variables by which a client's image takes a binding, and the image.

    KeyError for one not described.
    """
    if client in ("transmission", "transmission-4") and part == "bind":
        return {"TRANSMISSION__BIND_ADDRESS_IPV4": "10.64.0.2"}, image
    return {
        "bind": ({f"{_SESSION}Interface": device}, image),
        "bind-eth0": ({f"{_SESSION}Interface": "eth0"}, image),
        "bind-missing-device": ({f"{_SESSION}Interface": "nope0"}, image),
        "bind-address": ({f"{_SESSION}InterfaceAddress": "10.64.0.2"}, image),
        "bind-name-only": ({f"{_SESSION}InterfaceName": device}, image),
        "bind-legacy-key": ({f"{_LEGACY}Interface": device}, _STILL_LEGACY),
        "bind-legacy-key-migrated": ({f"{_LEGACY}Interface": device}, image),
        "env-preferences": ({f"{_LEGACY}Interface": device}, _NOBODY_READS),
        "env-session": ({f"{_SESSION}Interface": device}, _NOBODY_READS),
        "env-session-read": ({f"{_SESSION}Interface": device}, image),
        "env-preferences-read-again": ({f"{_LEGACY}Interface": device}, image),
    }[part]
