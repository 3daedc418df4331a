"""Judges whether the firewall of the VPN container that the pod-gateway chart adds to a gateway is on.

Source: k8s-at-home/library-charts common 4.x templates/addons/vpn (the addon's env and envFrom become the
container's; the type is gluetun, wireguard or openvpn, with these images). The catalogue explains the
container's settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.image_names import read_image_version
from vpnlint.source.node import Node
from vpnlint.surroundings.secret_keys import find_secret_keys
from vpnlint.surroundings.trilean import Tri, is_unresolved

# Stands for a value that is in another object.
_UNKNOWN = "${}"
_IMAGES = {
    "gluetun": "qmcgaw/gluetun",
    "wireguard": "k8s-at-home/wireguard",
    "openvpn": "dperson/openvpn-client",
}


def judge_addon_firewall(values: Node, namespace: str, objects: Objects, catalog: Catalog) -> Tri:
    """Tell whether the addon's container blocks traffic outside its tunnel; `no` if there is no addon."""
    addon = values.get("addons", "vpn")
    if addon is None or not addon.is_true("enabled"):
        return "no"
    env, whole = _read_environment(addon, namespace, objects)
    program = addon.text_at("type") if addon.text_at("type") in _IMAGES else "openvpn"
    tag = addon.text_at(program, "image", "tag") or addon.text_at("image", "tag")
    switches = catalog.find_kill_switches(_IMAGES[program], read_image_version(tag))
    for name, setting in switches.items():
        if name in env:
            return _judge_switch(env[name], env, setting, whole=whole)
    if not whole:
        return "unknown"
    return "yes" if any(setting["defaultOn"] for setting in switches.values()) else "no"


def _judge_switch(value: str, env: Mapping[str, str], setting: Mapping[str, Any], *, whole: bool) -> Tri:
    if is_unresolved(value):
        return "unknown"
    if Catalog.is_off(setting, value):
        return "no"
    if all(name in env for name in setting["needs"]):
        return "yes"
    return "no" if whole else "yes"


def _read_environment(addon: Node, namespace: str, objects: Objects) -> tuple[dict[str, str], bool]:
    """Return the container's variables, and whether they are all of them.

    A value that is in another object is _UNKNOWN.
    """
    env = {key: _read_value(node) for key, node in addon.fields("env").items()}
    for item in addon.items("env"):
        env[item.text_at("name")] = _read_value(item.get("value"))
    whole = True
    for source in addon.items("envFrom"):
        name = source.text_at("secretRef", "name")
        keys = find_secret_keys(objects, namespace, name) if name else None
        whole = whole and keys is not None
        for key in keys or ():
            env.setdefault(key, _UNKNOWN)
    return env, whole


def _read_value(node: Node | None) -> str:
    return _UNKNOWN if node is None or node.map else node.scalar_text
