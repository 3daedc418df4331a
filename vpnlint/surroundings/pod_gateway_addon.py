"""The VPN container that the pod-gateway chart adds to the gateway → whether its own firewall is in force.

Source: k8s-at-home/library-charts common 4.x templates/addons/vpn (the addon's env and envFrom become the
container's; type gluetun, wireguard or openvpn, with these images). What its settings mean, the catalogue
says.
"""

from __future__ import annotations

from collections.abc import Mapping

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog, image_version
from vpnlint.source.node import Node
from vpnlint.surroundings.secret_keys import secret_keys
from vpnlint.surroundings.trilean import Tri, unresolved

_IMAGES = {
    "gluetun": "qmcgaw/gluetun",
    "wireguard": "k8s-at-home/wireguard",
    "openvpn": "dperson/openvpn-client",
}


def firewall(values: Node, namespace: str, objects: Objects, catalog: Catalog) -> Tri:
    """Tell whether the addon's container blocks what does not go through its tunnel.

    `no` where there is no addon.
    """
    addon = values.get("addons", "vpn")
    enabled = addon.get("enabled") if addon is not None else None
    if addon is None or enabled is None or enabled.value is not True:
        return "no"
    env, whole = _environment(addon, namespace, objects)
    kind = addon.get("type")
    program = kind.text if kind is not None and kind.text in _IMAGES else "openvpn"
    tag = addon.get(program, "image", "tag") or addon.get("image", "tag")
    switches = catalog.kill_switches(_IMAGES[program], image_version(tag.text if tag is not None else ""))
    for name, setting in switches.items():
        if name in env:
            return _switched(env[name], env, setting["off"], setting["needs"], whole=whole)
    if not whole:
        return "unknown"
    return "yes" if any(setting["defaultOn"] for setting in switches.values()) else "no"


def _switched(value: str, env: Mapping[str, str], off: list[str], needs: list[str], *, whole: bool) -> Tri:
    if unresolved(value):
        return "unknown"
    if value.lower() in off:
        return "no"
    if all(name in env for name in needs):
        return "yes"
    return "no" if whole else "yes"


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


def _text(node: Node) -> str:
    value = node.value
    if isinstance(value, dict):
        return "${}"
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
