"""Adds the containers of TrueCharts' VPN addons to the workloads, as the common library does.

`addons.<name>.enabled` switches an addon on. FIREWALL is "off" unless the values say "on"; only then does the
library add the web interface's port and the cluster's subnets, which are fixed whatever the cluster has. The
addons are ordinary containers, never native sidecars. old_addon.py handles `addons.vpn` of older libraries.
Source: common 28 to 29, github.com/trueforge-org/truecharts,
charts/library/common/templates/addons/_gluetun.tpl and _tailscale.tpl.
"""

from __future__ import annotations

import re

from vpnlint.charts.helm.library_values import format_scalar, is_switched_on
from vpnlint.charts.helm.values import make_node
from vpnlint.errors import UnknownChart
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

CLUSTER_SUBNETS = ("172.16.0.0/16", "172.17.0.0/16")


def add_addons(values: Node) -> Node:
    """Return the values with the containers and volumes of the enabled addons in their workloads.

    Raises UnknownChart if the repository does not say whether an addon is enabled, or if Helm refuses it.
    """
    for name in ("gluetun", "tailscale"):
        addon = values.get("addons", name)
        if addon is None or not is_switched_on(addon.map.get("enabled"), f"addons.{name}.enabled"):
            continue
        container = addon.map.get("container") or make_node({}, addon)
        container = (
            _complete_firewall(container, values) if name == "gluetun" else _set_tailscale_user(container)
        )
        values = make_addon_container(values, addon, name, container)
        values = add_tailscale_state(values, addon) if name == "tailscale" else _add_secrets(values, addon)
    return values


def make_addon_container(values: Node, addon: Node, name: str, container: Node) -> Node:
    """Return the values with a container in the workloads that the addon's targetSelector names."""
    for target in list_targets(addon):
        if values.get("workload", target) is None:
            raise UnknownChart(f"the VPN addon's targetSelector names a missing workload: {target}")
        values = put_value(values, ("workload", target, "podSpec", "containers", name), container)
    return values


def list_targets(addon: Node) -> list[str]:
    """Return the names of the workloads to which an addon is added."""
    selector = addon.map.get("targetSelector")
    return [target.text for target in selector.list] if selector is not None and selector.list else ["main"]


def _complete_firewall(container: Node, values: Node) -> Node:
    """Return gluetun's container with the settings that the library adds if FIREWALL is "on"."""
    env = container.map.get("env")
    if env is None or "FIREWALL" not in env.map:
        return container
    firewall = env.map["FIREWALL"]
    if isinstance(firewall.value, bool | int | float):
        raise UnknownChart(
            'Helm refuses addons.gluetun.container.env.FIREWALL: it must be a string, "on" or "off"'
        )
    if firewall.value != "on":
        return container
    port = values.get("service", "main", "ports", "main", "port")
    for name, extra in {
        "FIREWALL_OUTBOUND_SUBNETS": CLUSTER_SUBNETS,
        "FIREWALL_INPUT_PORTS": (format_scalar(port),) if port is not None and port.value else (),
    }.items():
        container = put_value(
            container, ("env", name), _join_values(env.map.get(name, firewall), extra, firewall)
        )
    return container


def _join_values(setting: Node, extra: tuple[str, ...], firewall: Node) -> Node:
    parts = (
        [re.sub(r"\s", "", part) for part in format_scalar(setting).split(",")]
        if setting is not firewall
        else []
    )
    return Node.make(",".join(dict.fromkeys([*filter(None, parts), *extra])), setting)


def _set_tailscale_user(container: Node) -> Node:
    """Return Tailscale's container with the user that the library sets."""
    userspace = bool((container.get("env", "TS_USERSPACE") or make_node(None, container)).value)
    for key, value in make_tailscale_security(userspace).items():
        container = put_value(container, ("securityContext", key), make_node(value, container))
    return container


def make_tailscale_security(userspace: bool) -> dict[str, object]:
    """Return the part of a security context that the library sets for Tailscale."""
    user = 1000 if userspace else 0
    return {"runAsUser": user, "runAsGroup": user, "readOnlyRootFilesystem": userspace}


def add_tailscale_state(values: Node, addon: Node) -> Node:
    """Return the values with an emptyDir for Tailscale's state, and the ServiceAccount's token mounted."""
    values = put_value(values, ("podOptions", "automountServiceAccountToken"), make_node(True, addon))
    mount = {target: {"tailscale": {"mountPath": "/var/lib/tailscale"}} for target in list_targets(addon)}
    state = {"enabled": True, "type": "emptyDir", "targetSelector": mount}
    return put_value(values, ("persistence", "tailscalestate"), make_node(state, addon))


def _add_secrets(values: Node, addon: Node) -> Node:
    secrets = addon.map.get("secret")
    for key, secret in secrets.map.items() if secrets is not None else ():
        path = secret.map.get("basePath")
        if path is None or not path.value:
            raise UnknownChart(f"Helm refuses addons.gluetun.secret.{key}: it has no basePath")
        mount = {target: {"gluetun": {"mountPath": path}} for target in list_targets(addon)}
        files = [{"key": name, "path": name} for name in sorted(secret.fields("data"))]
        volume: dict[str, object] = {"type": "secret", "objectName": f"gluetun-{key}", "items": files}
        volume |= {"enabled": True, "targetSelector": mount}
        values = put_value(values, ("persistence", f"gluetun-{key}"), make_node(volume, secret))
    return values
