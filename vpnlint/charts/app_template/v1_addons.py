"""Adds the sidecars and volumes of app-template 1.x's addons (a VPN, code-server, netshoot) to the values.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/addons, version 1.5.1.
"""

from __future__ import annotations

from vpnlint.charts.app_template.images import make_image_reference
from vpnlint.charts.app_template.scope import Scope
from vpnlint.charts.helm.values import Plain, is_empty, make_node
from vpnlint.source.node import Node

_TAKEN_OVER = ("securityContext", "env", "envFrom", "args", "resources")


def add_addons(scope: Scope) -> Node:
    """Return the values with the containers, volumes, ConfigMaps and Secrets of the enabled addons."""
    addons = scope.values.map.get("addons")
    sidecars: dict[str, Node] = {}
    volumes: dict[str, Node] = {}
    config_maps: dict[str, Node] = {}
    secrets: dict[str, Node] = {}
    for name, addon in addons.map.items() if addons is not None else ():
        if is_empty(addon.map.get("enabled")):
            continue
        if name == "vpn":
            kind = addon.map.get("type", addon)
            if kind.value == "gluetun":
                sidecars["addon-gluetun"] = _make_gluetun(scope, addon)
            volumes.update(_make_vpn_volumes(scope, addon))
            if "vpnscript" in volumes:
                config_maps["addon-vpn"] = make_node({"enabled": True}, addon)
            if not is_empty(addon.map.get("configFile")) and is_empty(addon.map.get("configFileSecret")):
                secrets["addon-vpn-config"] = make_node({"enabled": True}, addon)
        elif name == "netshoot":
            sidecars["addon-netshoot"] = _make_container(
                scope, name, addon, addon, command=make_node(["/bin/sh", "-c", "sleep infinity"], addon)
            )
        elif name == "codeserver":
            mounts = addon.map.get("volumeMounts", make_node([], addon))
            sidecars["addon-codeserver"] = _make_container(scope, name, addon, addon, volumeMounts=mounts)
    changed = dict(scope.values.map)
    for section, items in {
        "sidecars": sidecars,
        "persistence": volumes,
        "configMaps": config_maps,
        "secrets": secrets,
    }.items():
        if items:
            section_node = changed.get(section, scope.values)
            own = section_node.map if section in changed else {}
            changed[section] = Node.make({**own, **items}, section_node)
    return Node.make(changed, scope.values)


def _make_container(scope: Scope, name: str, addon: Node, image: Node, **own: Node) -> Node:
    taken = {field: addon.map[field] for field in _TAKEN_OVER if not is_empty(addon.map.get(field))}
    return Node.make(
        {"name": Node.make(name, addon), "image": make_image_reference(scope, image), **taken, **own}, addon
    )


def _make_gluetun(scope: Scope, addon: Node) -> Node:
    mounts = []
    if _has_config_file(addon):
        mounts.append({"name": "vpnconfig", "mountPath": "/gluetun/config.conf", "subPath": "vpnConfigfile"})
    for script in ("up", "down"):
        if not is_empty(addon.get("scripts", script)):
            path = f"/gluetun/scripts/{script}.sh"
            mounts.append({"name": "vpnscript", "mountPath": path, "subPath": f"{script}.sh"})
    nodes = [make_node(mount, addon) for mount in mounts]
    shared = scope.values.get("persistence", "shared")
    if shared is not None and not is_empty(shared.map.get("enabled")):
        path_node = shared.map.get("mountPath", make_node("/shared", shared))
        nodes.append(Node.make({"name": make_node("shared", shared), "mountPath": path_node}, shared))
    nodes += addon.items("additionalVolumeMounts")
    own = {"volumeMounts": Node.make(nodes, addon)} if nodes else {}
    if not is_empty(addon.map.get("livenessProbe")):
        own["livenessProbe"] = addon.map["livenessProbe"]
    return _make_container(scope, "gluetun", addon, addon.map.get("gluetun", addon), **own)


def _has_config_file(addon: Node) -> bool:
    return not is_empty(addon.map.get("configFile")) or not is_empty(addon.map.get("configFileSecret"))


def _make_vpn_volumes(scope: Scope, addon: Node) -> dict[str, Node]:
    """Return custom persistence items for the VPN's scripts and configuration file."""
    result: dict[str, Node] = {}
    scripts = [name for name in ("up", "down") if not is_empty(addon.get("scripts", name))]
    if scripts:
        items: list[Plain] = [{"key": f"{name}.sh", "path": f"{name}.sh", "mode": 0o777} for name in scripts]
        result["vpnscript"] = _make_custom_item(
            addon,
            Node.make(
                {"configMap": make_node({"name": f"{scope.fullname}-addon-vpn", "items": items}, addon)},
                addon,
            ),
        )
    if _has_config_file(addon):
        secret = addon.map.get("configFileSecret")
        named = secret is not None and secret.value
        name = (
            secret if secret is not None and named else make_node(f"{scope.fullname}-addon-vpn-config", addon)
        )
        items_node = make_node([{"key": "vpnConfigfile", "path": "vpnConfigfile"}], addon)
        source = Node.make({"secretName": name, "items": items_node}, addon)
        result["vpnconfig"] = _make_custom_item(addon, Node.make({"secret": source}, addon))
    return result


def _make_custom_item(addon: Node, spec: Node) -> Node:
    fields = {
        "enabled": make_node(True, addon),
        "mountPath": make_node("-", addon),
        "type": make_node("custom", addon),
    }
    return Node.make({**fields, "volumeSpec": spec}, addon)
