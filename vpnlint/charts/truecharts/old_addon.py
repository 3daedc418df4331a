"""Adds the container of `addons.vpn` of TrueCharts' charts before they had one addon for each VPN.

`addons.vpn.type` chooses the VPN. `killSwitch` is true by default, and sets the firewall with fixed subnets
of the cluster. The container is called vpn (tailscale for that type), is an ordinary one, and comes after
`main`. Later libraries ignore `addons.vpn`. Source: common 24.1.9, github.com/truecharts/library-charts,
library/common/templates/addons/vpn.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import (
    format_scalar,
    is_switched_on,
    read_chart_version,
    select_fields,
)
from vpnlint.charts.helm.values import make_node
from vpnlint.charts.release import Release
from vpnlint.charts.truecharts.addons import (
    CLUSTER_SUBNETS,
    add_tailscale_state,
    list_targets,
    make_addon_container,
    make_tailscale_security,
)
from vpnlint.charts.truecharts.defaults import GLUETUN, TAILSCALE, TAILSCALE_ENV
from vpnlint.errors import UnknownChart
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

# The last known major version of a chart whose library has addons.vpn (common 23.0.0), and the first known
# ones without it (common 28.26.4); the versions in between were not available.
_LAST_WITH = {"qbittorrent": 20}
_FIRST_WITHOUT = {"qbittorrent": 24, "transmission": 24, "deluge": 21}
_CONFIG_FOLDERS = {"gluetun": "/gluetun", "openvpn": "/vpn", "wireguard": "/etc/wireguard"}

_OPENVPN: dict[str, object] = {
    "enabled": True,
    "imageSelector": "openvpnImage",
    "securityContext": {
        "runAsUser": 0,
        "runAsGroup": 0,
        "capabilities": {"add": ["NET_ADMIN", "NET_RAW", "MKNOD", "SYS_MODULE"]},
    },
}
_WIREGUARD: dict[str, object] = {
    "enabled": True,
    "imageSelector": "wireguardImage",
    "securityContext": {
        "readOnlyRootFilesystem": False,
        "allowPrivilegeEscalation": True,
        "capabilities": {"add": ["AUDIT_WRITE", "NET_ADMIN", "SETUID", "SETGID", "SYS_MODULE"]},
    },
}
_TAILSCALE_OPTIONS = {
    "outbound_http_proxy_listen": "TS_OUTBOUND_HTTP_PROXY_LISTEN",
    "routes": "TS_ROUTES",
    "dest_ip": "TS_DEST_IP",
    "sock5_server": "TS_SOCKS5_SERVER",
    "extra_args": "TS_EXTRA_ARGS",
    "daemon_extra_args": "TS_TAILSCALED_EXTRA_ARGS",
    "authkey": "TS_AUTH_KEY",
}


def knows_only_the_old_addon(release: Release) -> bool:
    """Tell whether the chart has `addons.vpn` and ignores `addons.gluetun` and `addons.tailscale`."""
    return read_chart_version(release)[0] <= _LAST_WITH.get(release.chart, -1)


def add_old_addon(values: Node, release: Release) -> Node:
    """Return the values with the container that `addons.vpn` adds in charts that still have it.

    Raises UnknownChart if it is unclear whether this chart has it, or if Helm refuses the values.
    """
    addon = values.get("addons", "vpn")
    kind = addon.map.get("type") if addon is not None else None
    if addon is None or kind is None or kind.value == "disabled":
        return values
    first_without = _FIRST_WITHOUT.get(release.chart)
    if first_without is not None and read_chart_version(release)[0] >= first_without:
        return values
    if not knows_only_the_old_addon(release):
        raise UnknownChart(
            "addons.vpn adds a VPN only in old TrueCharts charts; "
            f"{release.chart} {release.version} may be newer"
        )
    builders = {
        "gluetun": _make_gluetun,
        "openvpn": _make_openvpn,
        "wireguard": _make_wireguard,
        "tailscale": _make_tailscale,
    }
    if kind.text not in builders:
        raise UnknownChart(
            f"addons.vpn.type is {kind.value!r}; it must be one of {', '.join(builders)} or disabled"
        )
    container = builders[kind.text](addon, values)
    name = "tailscale" if kind.text == "tailscale" else "vpn"
    values = make_addon_container(values, addon, name, container)
    return (
        add_tailscale_state(values, addon) if name == "tailscale" else _add_config(values, addon, kind.text)
    )


def _add_config(values: Node, addon: Node, kind: str) -> Node:
    """Return the values with a volume for the VPN's own configuration file, if the addon has one."""
    path = _CONFIG_FOLDERS[kind]
    sources = select_fields(addon, "config", "existingSecret", "configFile")
    if not sources:
        return values
    secret = sources.get("existingSecret") or sources.get("config")
    if secret is not None:
        name: object = sources.get("existingSecret", "vpnconfig")
        expand = "existingSecret" not in sources
        volume: dict[str, object] = {"type": "secret", "objectName": name, "expandObjectName": expand}
        volume["items"] = [{"key": "vpn.conf", "path": "vpn.conf"}]
    else:
        path = f"{path}/vpn.conf"
        volume = {"type": "hostPath", "hostPath": sources["configFile"], "hostPathType": "File"}
    mount = {target: {"vpn": {"mountPath": path}} for target in list_targets(addon)}
    volume |= {"enabled": True, "targetSelector": mount}
    return put_value(values, ("persistence", "vpnconfig"), make_node(volume, addon))


def _make_container(addon: Node, base: dict[str, object], env: dict[str, object], user_wins: bool) -> Node:
    user_env = dict(addon.fields("env"))
    for item in addon.items("envList"):
        user_env[item.map["name"].text] = item.map.get("value", item)
    defaults = {key: make_node(value, addon) for key, value in env.items()}
    return make_node(
        {**base, "env": {**defaults, **user_env} if user_wins else {**user_env, **defaults}}, addon
    )


def _list_excluded_networks(addon: Node) -> list[str]:
    return [item.text for item in addon.items("excludedNetworks_IPv4")]


def _find_kill_switch(addon: Node) -> Node | None:
    """Return the `killSwitch` of the addon if it is on."""
    switch = addon.map.get("killSwitch")
    return switch if is_switched_on(switch, "addons.vpn.killSwitch") else None


def _make_gluetun(addon: Node, values: Node) -> Node:
    switch = _find_kill_switch(addon)
    env: dict[str, object] = {"DNS_KEEP_NAMESERVER": "on", "DOT": "off"}
    env["FIREWALL"] = Node.make("on" if switch else "off", switch or addon.map.get("killSwitch", addon))
    if switch:
        networks = addon.map.get("excludedNetworks_IPv4", switch)
        env["FIREWALL_OUTBOUND_SUBNETS"] = Node.make(
            ",".join([*CLUSTER_SUBNETS, *_list_excluded_networks(addon)]), networks
        )
        ports = addon.map.get("inputPorts") or make_node([], addon)
        web = values.get("service", "main", "ports", "main", "port")
        numbers = [
            format_scalar(port) for port in ([web] if web is not None and web.value else []) + ports.list
        ]
        env["FIREWALL_INPUT_PORTS"] = Node.make(",".join(dict.fromkeys(numbers)), ports)
    return _make_container(addon, GLUETUN, env, user_wins=True)


def _make_openvpn(addon: Node, values: Node) -> Node:
    env: dict[str, object] = {}
    login = select_fields(addon.map.get("openvpn"), "username", "password")
    if len(login) == 2:
        text = ";".join(format_scalar(login[part]) for part in ("username", "password"))
        env["VPN_AUTH"] = Node.make(text, login["password"])
    if switch := _find_kill_switch(addon):
        env["FIREWALL"] = Node.make("ON", switch)
        env |= {
            f"ROUTE_{n}": route
            for n, route in enumerate([*_list_excluded_networks(addon), *CLUSTER_SUBNETS], start=1)
        }
    return _make_container(addon, _OPENVPN, env, user_wins=False)


def _make_wireguard(addon: Node, values: Node) -> Node:
    env: dict[str, object] = {"SEPARATOR": ";", "IPTABLES_BACKEND": "nft"}
    if switch := _find_kill_switch(addon):
        env["KILLSWITCH"] = Node.make("true", switch)
        env["KILLSWITCH_EXCLUDEDNETWORKS_IPV4"] = ";".join(
            [*CLUSTER_SUBNETS, *_list_excluded_networks(addon)]
        )
    return _make_container(addon, _WIREGUARD, env, user_wins=False)


def _make_tailscale(addon: Node, values: Node) -> Node:
    options = addon.fields("tailscale")
    env: dict[str, object] = dict(TAILSCALE_ENV)
    for option in ("auth_once", "userspace", "accept_dns"):
        env[f"TS_{option.upper()}"] = options.get(option, False)
    env |= {
        name: options[option]
        for option, name in _TAILSCALE_OPTIONS.items()
        if option in options and options[option].value
    }
    container = _make_container(addon, TAILSCALE, env, user_wins=True)
    userspace = options.get("userspace")
    for key, value in make_tailscale_security(
        is_switched_on(userspace, "addons.vpn.tailscale.userspace")
    ).items():
        container = put_value(container, ("securityContext", key), make_node(value, addon))
    return container
