"""TrueCharts' VPN addons → containers in the values' workloads, as the common library adds them.

Source: common 28 to 29, github.com/trueforge-org/truecharts,
charts/library/common/templates/addons/_gluetun.tpl and _tailscale.tpl: `addons.<name>.enabled` decides,
FIREWALL is "off" unless the values say "on", and only then the cluster's subnets (fixed ones, whatever the
cluster has) and the web interface's port are added. The addons are ordinary containers, never native
sidecars. What older libraries made of `addons.vpn` is in truecharts_old_addon.
"""

from __future__ import annotations

import re

from vpnlint.charts.helm.library_values import is_true, scalar_text, with_value
from vpnlint.charts.helm.values import made
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

CLUSTER_SUBNETS = ("172.16.0.0/16", "172.17.0.0/16")


def with_addons(values: Node) -> Node:
    """Return the values with the enabled addons' containers and volumes in their workloads.

    Raises UnknownChart where the repository leaves open whether an addon is enabled, or Helm refuses it.
    """
    for name in ("gluetun", "tailscale"):
        addon = values.get("addons", name)
        if addon is None or not is_true(addon.map.get("enabled"), f"addons.{name}.enabled"):
            continue
        container = addon.map.get("container") or made({}, addon)
        container = _firewalled(container, values) if name == "gluetun" else _tailscale_user(container)
        values = added(values, addon, name, container)
        values = with_tailscale_state(values, addon) if name == "tailscale" else _with_secrets(values, addon)
    return values


def added(values: Node, addon: Node, name: str, container: Node) -> Node:
    """Return the values with the container in the workloads that the addon's targetSelector names."""
    for target in targets(addon):
        if values.get("workload", target) is None:
            raise UnknownChart(f"the VPN addon's targetSelector names a workload that is not there: {target}")
        values = with_value(values, ("workload", target, "podSpec", "containers", name), container)
    return values


def targets(addon: Node) -> list[str]:
    """Return the names of the workloads that an addon is added to."""
    selector = addon.map.get("targetSelector")
    return [target.text for target in selector.list] if selector is not None and selector.list else ["main"]


def _firewalled(container: Node, values: Node) -> Node:
    """Return gluetun's container with what the library adds to its settings once FIREWALL is "on"."""
    env = container.map.get("env")
    if env is None or "FIREWALL" not in env.map:
        return container
    firewall = env.map["FIREWALL"]
    if isinstance(firewall.value, bool | int | float):
        raise UnknownChart(
            'Helm refuses addons.gluetun.container.env.FIREWALL: it must be a text, "on" or "off"'
        )
    if firewall.value != "on":
        return container
    port = values.get("service", "main", "ports", "main", "port")
    for name, extra in {
        "FIREWALL_OUTBOUND_SUBNETS": CLUSTER_SUBNETS,
        "FIREWALL_INPUT_PORTS": (scalar_text(port),) if port is not None and port.value else (),
    }.items():
        container = with_value(
            container, ("env", name), _joined(env.map.get(name, firewall), extra, firewall)
        )
    return container


def _joined(given: Node, extra: tuple[str, ...], firewall: Node) -> Node:
    parts = (
        [re.sub(r"\s", "", part) for part in scalar_text(given).split(",")] if given is not firewall else []
    )
    return Node.made(",".join(dict.fromkeys([*filter(None, parts), *extra])), given)


def _tailscale_user(container: Node) -> Node:
    """Return Tailscale's container with the user that the library lets it run as."""
    userspace = bool((container.get("env", "TS_USERSPACE") or made(None, container)).value)
    for key, value in tailscale_security(userspace).items():
        container = with_value(container, ("securityContext", key), made(value, container))
    return container


def tailscale_security(userspace: bool) -> dict[str, object]:
    """Return the user that the library gives Tailscale."""
    user = 1000 if userspace else 0
    return {"runAsUser": user, "runAsGroup": user, "readOnlyRootFilesystem": userspace}


def with_tailscale_state(values: Node, addon: Node) -> Node:
    """Return the values with the emptyDir for Tailscale's state, and the token of the ServiceAccount."""
    values = with_value(values, ("podOptions", "automountServiceAccountToken"), made(True, addon))
    mount = {target: {"tailscale": {"mountPath": "/var/lib/tailscale"}} for target in targets(addon)}
    state = {"enabled": True, "type": "emptyDir", "targetSelector": mount}
    return with_value(values, ("persistence", "tailscalestate"), made(state, addon))


def _with_secrets(values: Node, addon: Node) -> Node:
    secrets = addon.map.get("secret")
    for key, secret in secrets.map.items() if secrets is not None else ():
        path = secret.map.get("basePath")
        if path is None or not path.value:
            raise UnknownChart(f"Helm refuses addons.gluetun.secret.{key}: it has no basePath")
        mount = {target: {"gluetun": {"mountPath": path}} for target in targets(addon)}
        files = [
            {"key": name, "path": name} for name in sorted((secret.map.get("data") or made({}, secret)).map)
        ]
        volume: dict[str, object] = {"type": "secret", "objectName": f"gluetun-{key}", "items": files}
        volume |= {"enabled": True, "targetSelector": mount}
        values = with_value(values, ("persistence", f"gluetun-{key}"), made(volume, secret))
    return values
