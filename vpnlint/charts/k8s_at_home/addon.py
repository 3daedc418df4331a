"""Makes the container, volumes and NetworkPolicy of k8s-at-home's VPN addon.

`addons.vpn.enabled` switches it on. `type: gluetun` came with 4.5.0; before, it adds no container and Helm
does not complain. The addon sets no variables, so the image's defaults and the values' env decide about a
kill switch. It mounts no tun device; only `additionalVolumeMounts` can. Source: common 4.0.0 to 4.5.2,
github.com/k8s-at-home/library-charts, charts/stable/common/templates/addons/vpn.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import format_scalar, is_switched_on, select_fields
from vpnlint.charts.helm.values import make_app_labels, make_node
from vpnlint.charts.k8s_at_home.fields import App
from vpnlint.errors import UnknownChart
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

_CONFIG_FILES = {
    "openvpn": "/vpn/vpn.conf",
    "wireguard": "/etc/wireguard/wg0.conf",
    "gluetun": "/gluetun/config.conf",
}
_SCRIPT_FOLDERS = {"openvpn": "/vpn", "wireguard": "/config", "gluetun": "/gluetun/scripts"}


def add_vpn_addon(values: Node, fullname: str, since_4_5: bool) -> Node:
    """Return the values with the container and volumes of an enabled addon.

    Raises UnknownChart if only the cluster knows whether it is enabled.
    """
    addon = _find_enabled_addon(values)
    kind = addon.map["type"].text if addon is not None else ""
    if addon is None or kind not in _CONFIG_FILES or (kind == "gluetun" and not since_4_5):
        return values
    container = make_node(_make_container(values, addon, kind, fullname, since_4_5), addon)
    values = put_value(values, ("additionalContainers", f"addon-{kind}"), container)
    for name, source in {
        "vpnscript": _make_script_volume(addon, fullname),
        "vpnconfig": _make_config_volume(addon, fullname),
    }.items():
        if source:
            volume = {"enabled": True, "mountPath": "-", "type": "custom", "volumeSpec": source}
            values = put_value(values, ("persistence", name), make_node(volume, addon))
    return values


def _find_enabled_addon(values: Node) -> Node | None:
    addon = values.get("addons", "vpn")
    return (
        addon
        if addon is not None and is_switched_on(addon.map.get("enabled"), "addons.vpn.enabled")
        else None
    )


def _make_container(
    values: Node, addon: Node, kind: str, fullname: str, since_4_5: bool
) -> dict[str, object]:
    image = addon.map[kind].map["image"]
    fields: dict[str, object] = {
        "name": kind,
        "image": Node.make(
            f"{image.map['repository'].text}:{format_scalar(image.map['tag'])}", image.map["tag"]
        ),
        **select_fields(addon, "securityContext", "args", "livenessProbe", "resources"),
    }
    if env := select_fields(addon, "env").get("env"):
        fields["env"] = env if since_4_5 else _quote_variables(env)
    if since_4_5:
        fields |= select_fields(addon, "envFrom")
    if kind == "openvpn":
        login = select_fields(addon.map[kind], "auth", "authSecret")
        if login:
            fields["envFrom"] = [{"secretRef": {"name": login.get("authSecret", f"{fullname}-openvpn")}}]
    if mounts := _make_mounts(values, addon, kind):
        fields["volumeMounts"] = mounts
    return fields


def _quote_variables(env: Node) -> Node:
    variables = [
        make_node({"name": name, "value": Node.make(format_scalar(value), value)}, value)
        for name, value in sorted(env.map.items())
    ]
    return Node.make(variables, env)


def _make_mounts(values: Node, addon: Node, kind: str) -> list[object]:
    mounts: list[object] = []
    if select_fields(addon, "configFile", "configFileSecret"):
        mounts.append({"name": "vpnconfig", "mountPath": _CONFIG_FILES[kind], "subPath": "vpnConfigfile"})
    folder = _SCRIPT_FOLDERS[kind]
    mounts += [
        {"name": "vpnscript", "mountPath": f"{folder}/{script}", "subPath": script}
        for script in _list_scripts(addon)
    ]
    shared = values.get("persistence", "shared")
    if shared is not None and is_switched_on(shared.map.get("enabled"), "persistence.shared.enabled"):
        mounts.append({"mountPath": shared.map["mountPath"], "name": "shared"})
    return [*mounts, *addon.items("additionalVolumeMounts")]


def _list_scripts(addon: Node) -> list[str]:
    return [f"{name}.sh" for name in select_fields(addon.map.get("scripts"), "up", "down")]


def _make_script_volume(addon: Node, fullname: str) -> dict[str, object]:
    items = [{"key": script, "path": script, "mode": 0o777} for script in _list_scripts(addon)]
    return {"configMap": {"name": f"{fullname}-vpn", "items": items}} if items else {}


def _make_config_volume(addon: Node, fullname: str) -> dict[str, object]:
    sources = select_fields(addon, "configFile", "configFileSecret")
    name = sources.get("configFileSecret", f"{fullname}-vpnconfig")
    items = [{"key": "vpnConfigfile", "path": "vpnConfigfile"}]
    return {"secret": {"secretName": name, "items": items}} if sources else {}


def make_network_policy(app: App) -> Node | None:
    """Return the NetworkPolicy that an enabled addon makes for the Pod's egress, if any."""
    addon = _find_enabled_addon(app.values)
    policy = addon.map.get("networkPolicy") if addon is not None else None
    if policy is None or not is_switched_on(policy.map.get("enabled"), "addons.vpn.networkPolicy.enabled"):
        return None
    labels: dict[str, object] = {
        **make_app_labels(app.name, app.release.name),
        **policy.fields("podSelectorLabels"),
    }
    egress = policy.map.get("egress")
    if egress is not None and not isinstance(egress.value, list | None):
        raise UnknownChart("the cluster refuses addons.vpn.networkPolicy.egress: it must be a list")
    spec = {
        "podSelector": {"matchLabels": labels},
        "policyTypes": ["Egress"],
        "egress": egress or make_node(None, policy),
    }
    metadata = {"name": app.fullname, "namespace": app.release.namespace}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return make_node({**kind, "metadata": metadata, "spec": spec}, policy)
