"""The container of a lab's tunnel: the image and settings by which a person gets it in a cluster."""

from __future__ import annotations

from typing import Any

from tests.oracles.lab.tunnels.gluetun_captured import SUBNETS

# Gluetun's settings for what shared/gluetun-measured.md calls so
_DNS = {
    "default": {},
    "off": {"DOT": "off"},
    "keep": {"DNS_KEEP_NAMESERVER": "on"},
    "addr-cluster": {"DNS_ADDRESS": "10.43.0.10"},
    "addr-vpn": {"DNS_ADDRESS": "10.64.0.1"},
}
_FIREWALL = "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT"


def describe_vpn(tunnel: dict[str, Any], *, flag: bool) -> tuple[dict[str, Any], str]:
    """Return the container of a lab's tunnel, and its interface.

    With `flag` the exit node stands in its settings.
    """
    privileged: dict[str, Any] = {"securityContext": {"privileged": True}}
    if tunnel["kind"] == "wireguard":
        if tunnel.get("prohibit"):
            switch = {"name": "KILL_SWITCH", "value": "true"}
            image = "ghcr.io/tprasadtp/protonwire:7.5.3"
            return {"name": "protonwire", "image": image, "env": [switch], **privileged}, "protonwire0"
        image, switch = (
            "ghcr.io/k8s-at-home/wireguard:v1.0.20210914",
            {"name": "KILLSWITCH", "value": "false"},
        )
        privileged = _with_rights(tunnel, privileged)
        return {"name": "wireguard", "image": image, "env": [switch], **privileged}, "wg0"
    if tunnel["kind"] == "openvpn":
        return _openvpn(tunnel), "tun0"
    if tunnel["kind"] == "gluetun-replay":
        key, _, value = tunnel["configuration"].partition("=")
        setting = {"env": [{"name": key, "value": value}]} if value else {}
        return {"name": "gluetun", "image": "ghcr.io/qdm12/gluetun:v3.41.1", **setting, **privileged}, "tun0"
    if tunnel["kind"] == "gluetun-captured":
        return _gluetun(tunnel), "tun0"
    environment = dict(tunnel.get("environment", {}))
    if tunnel["kind"] == "tailscale" and not tunnel.get("userspace"):
        environment["TS_USERSPACE"] = "false"
    if flag:
        control = [f"--login-server={tunnel['control']}"] if "control" in tunnel else []
        if tunnel.get("accept_dns"):
            environment["TS_ACCEPT_DNS"] = "true"
        arguments = ["--exit-node=100.64.0.7", *control, *tunnel.get("arguments", [])]
        environment["TS_EXTRA_ARGS"] = " ".join(arguments)
    security: dict[str, Any] = {"privileged": True}
    if tunnel.get("mask_tun"):
        security = {"capabilities": {"add": ["NET_ADMIN"], "drop": ["MKNOD"]}}
    if tunnel.get("not_root"):
        security = {"runAsUser": 1000, "capabilities": {"add": ["NET_ADMIN"]}}
    if tunnel.get("drop_net_admin"):
        security = {"capabilities": {"drop": ["NET_ADMIN"]}}
    container = {
        "name": "tailscale",
        "image": "ghcr.io/tailscale/tailscale:v1.102.5",
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "securityContext": security,
    }
    if tunnel.get("drop_net_admin"):
        container["resources"] = {"limits": {"squat.ai/tun": "1"}}
    return container, "tailscale0"


def _gluetun(tunnel: dict[str, Any]) -> dict[str, Any]:
    settings = dict(_DNS[tunnel.get("dns", "default")])
    if networks := SUBNETS[tunnel.get("subnets", "unset")]:
        settings["FIREWALL_OUTBOUND_SUBNETS"] = ",".join(networks)
    if tunnel.get("firewall") == "off":
        settings[_FIREWALL] = "off"
    settings["WIREGUARD_ADDRESSES"] = "10.64.0.2/32" + (",2001:db8:64::2/128" if tunnel.get("ipv6") else "")
    return {
        "name": "gluetun",
        "image": f"ghcr.io/qdm12/gluetun:{tunnel['version']}",
        "env": [{"name": key, "value": value} for key, value in settings.items()],
        **_with_rights(tunnel, {"securityContext": {"privileged": True}}),
    }


def _openvpn(tunnel: dict[str, Any]) -> dict[str, Any]:
    """Return the image that takes a pushed resolver where the lab's up script does, and one that does not."""
    container: dict[str, Any] = {
        "name": "openvpn",
        "image": "dperson/openvpn-client:latest",
        "securityContext": {"privileged": True},
    }
    return {**container, "env": [{"name": "DNS", "value": "on"}]} if tunnel.get("script") else container


def _with_rights(tunnel: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    """Return the securityContext for the tunnel's rights, the usual one where it has all."""
    if "reuid" in tunnel.get("rights", ""):
        return {"securityContext": {"runAsUser": 1000, "capabilities": {"add": ["NET_ADMIN"]}}}
    return {"securityContext": {"capabilities": {"drop": ["ALL"]}}} if "rights" in tunnel else usual
