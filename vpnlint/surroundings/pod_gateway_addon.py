"""The VPN container that the pod-gateway chart adds to the gateway → whether its own firewall is in force.

Sources: k8s-at-home/library-charts common 4.x templates/addons/vpn (the addon's env and envFrom become the container's; type gluetun,
wireguard or openvpn); who honours which setting: rules/catalog/{gluetun,wireguard,openvpn}.yaml, where each has its source.
"""

from __future__ import annotations

import re

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.secret_keys import secret_keys
from vpnlint.surroundings.trilean import Tri, unresolved

_FIREWALL = "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT"
_OFF = ("off", "no", "false", "disabled", "0")
_VERSION = re.compile(r"v?(\d+)\.(\d+)")
# Gluetun reads FIREWALL below this version.
_RENAMED = (3, 39)


def firewall(values: Node, namespace: str, objects: Objects) -> Tri:
    """Tell whether the addon's container blocks what does not go through its tunnel; `no` where there is no addon."""
    addon = values.get("addons", "vpn")
    enabled = addon.get("enabled") if addon is not None else None
    if addon is None or enabled is None or enabled.value is not True:
        return "no"
    env, whole = _environment(addon, namespace, objects)
    kind = addon.get("type")
    if kind is not None and kind.text == "gluetun":
        name = "FIREWALL" if _is_before_rename(addon) else _FIREWALL
        return _switched(env, name, whole=whole, by_default=True)
    if kind is not None and kind.text == "wireguard":
        killing = _switched(env, "KILLSWITCH", whole=whole, by_default=False)
        excluded = "KILLSWITCH_EXCLUDEDNETWORKS_IPV4" in env
        return "no" if killing == "yes" and not excluded and whole else killing
    return "yes" if "FIREWALL" in env else "no" if whole else "unknown"


def _switched(env: dict[str, str], name: str, *, whole: bool, by_default: bool) -> Tri:
    value = env.get(name)
    if value is None:
        return "unknown" if not whole else "yes" if by_default else "no"
    if unresolved(value):
        return "unknown"
    return ("no" if value.lower() in _OFF else "yes") if by_default else "yes" if value == "true" else "no"


def _environment(addon: Node, namespace: str, objects: Objects) -> tuple[dict[str, str], bool]:
    """Return the container's variables (empty text: not known), and whether these are all it has."""
    env: dict[str, str] = {}
    given = addon.get("env")
    for key, node in (given.map if given is not None else {}).items():
        env[key] = _text(node)
    for item in given.list if given is not None else []:
        name, value = item.get("name"), item.get("value")
        if name is not None:
            env[name.text] = _text(value) if value is not None else "${}"
    whole = True
    sources = addon.get("envFrom")
    for source in sources.list if sources is not None else []:
        name = source.get("secretRef", "name")
        keys = secret_keys(objects, namespace, name.text) if name is not None else None
        whole = whole and keys is not None
        for key in keys or ():
            env.setdefault(key, "${}")
    return env, whole


def _is_before_rename(addon: Node) -> bool:
    tag = addon.get("gluetun", "image", "tag") or addon.get("image", "tag")
    match = _VERSION.match(tag.text) if tag is not None else None
    return match is not None and (int(match[1]), int(match[2])) < _RENAMED


def _text(node: Node) -> str:
    value = node.value
    if isinstance(value, dict):
        return "${}"
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
