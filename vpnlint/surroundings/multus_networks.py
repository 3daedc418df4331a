"""Finds the Multus networks that a Pod requests, and whether its internet traffic uses them.

Sources: multus-cni v4 pkg/k8sclient/k8sclient.go (the annotation is a list of `namespace/name@interface`, or
JSON; the namespace defaults to the Pod's), pkg/netutils/netutils.go (`default-route` removes the default
route from the other interfaces); containernetworking plugins v1 pkg/ipam/ipam_linux.go (RouteAddEcmp adds
routes, so a second default route precedes eth0's, tried with `ip route prepend`; a gateway alone makes no
route), plugins/meta/sbr (moves the routes to a table that only the interface's own address uses).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.networks import read_cluster_resolvers
from vpnlint.source.node import Node
from vpnlint.surroundings.public_internet import carries_internet, parse_network
from vpnlint.workloads.workload import Workload

ANNOTATION = "k8s.v1.cni.cncf.io/networks"


class _Request(NamedTuple):
    namespace: str
    name: str
    interface: str
    takes_default: bool


def find_networks(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return each network that the Pod requests.

    Each entry holds:
    name, interface: the network's.
    known: its NetworkAttachmentDefinition is among the objects.
    default: whether the Pod's internet traffic uses it: `yes`, `no`, `unknown`, or `bound` if only traffic
    that is bound to its interface does.
    alone: eth0 has no default route beside it.
    names: whether a cluster's usual resolver is asked through it: `no` or `unknown`.
    """
    annotation = workload.template.get("metadata", "annotations", ANNOTATION) if workload.template else None
    if annotation is None or not annotation.text.strip():
        return []
    request = _parse_annotation(annotation.text, workload.namespace)
    if request is None:
        return [_make_entry(annotation.text.strip(), "net1", known=False, default="unknown")]
    return [_describe_network(item, index, objects) for index, item in enumerate(request, 1)]


def _describe_network(request: _Request, index: int, objects: Objects) -> dict[str, Any]:
    name = f"{request.namespace}/{request.name}" if request.namespace else request.name
    interface = request.interface or f"net{index}"
    definition = objects.find("NetworkAttachmentDefinition", request.namespace, request.name)
    config = definition.get("spec", "config") if definition is not None else None
    if request.takes_default:
        return _make_entry(name, interface, known=definition is not None, default="yes", alone=True)
    plugins = _read_plugins(config) if config else None
    return _make_entry(
        name,
        interface,
        known=definition is not None,
        default=_judge_default_route(plugins) if plugins is not None else "unknown",
        names=_judge_resolver_route(plugins) if plugins is not None else "unknown",
    )


def _make_entry(
    name: str, interface: str, *, known: bool, default: str, alone: bool = False, names: str = "unknown"
) -> dict[str, Any]:
    return {
        "name": name,
        "interface": interface,
        "known": known,
        "default": default,
        "alone": alone,
        "names": names,
    }


def _parse_annotation(text: str, namespace: str) -> list[_Request] | None:
    """Return the networks that the annotation requests, or None if it is malformed."""
    if not any(character in text for character in '[{"'):
        return [_parse_name(item.strip(), namespace) for item in text.split(",")]
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(items, list) or not all(isinstance(item, dict) and "name" in item for item in items):
        return None
    return [
        _Request(
            str(item.get("namespace") or namespace),
            str(item["name"]),
            str(item.get("interface") or ""),
            bool(item.get("default-route")),
        )
        for item in items
    ]


def _parse_name(item: str, namespace: str) -> _Request:
    own, _, rest = item.rpartition("/")
    name, _, interface = rest.partition("@")
    return _Request(own.strip() or namespace, name.strip(), interface.strip(), takes_default=False)


def _judge_default_route(plugins: list[dict[str, Any]]) -> str:
    ipams = _list_ipams(plugins)
    answer = carries_internet(_list_destinations(plugins, ipams))
    if _routes_by_source(plugins) and (answer == "yes" or any(_read_gateways(ipam) for ipam in ipams)):
        return "bound"
    if answer == "no" and any(ipam.get("type") == "dhcp" for ipam in ipams):
        return "unknown"
    return answer


def _judge_resolver_route(plugins: list[dict[str, Any]]) -> str:
    """Tell whether a network's routes may lead to a cluster's usual resolver: `no` or `unknown`."""
    if _routes_by_source(plugins):
        return "no"
    ipams = _list_ipams(plugins)
    routes = [parse_network(text) for text in _list_destinations(plugins, ipams)]
    resolvers = read_cluster_resolvers()
    leads = any(route is None or any(address in route for address in resolvers) for route in routes)
    return "unknown" if leads or any(ipam.get("type") == "dhcp" for ipam in ipams) else "no"


def _read_plugins(config: Node) -> list[dict[str, Any]] | None:
    """Return the plugins of a network's configuration, or None if it is no JSON."""
    try:
        read = json.loads(config.text)
    except (ValueError, RecursionError):
        return None
    plugins = read.get("plugins", [read]) if isinstance(read, dict) else []
    return [plugin for plugin in plugins if isinstance(plugin, dict)]


def _list_ipams(plugins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [ipam for plugin in plugins if isinstance(ipam := plugin.get("ipam"), dict)]


def _routes_by_source(plugins: list[dict[str, Any]]) -> bool:
    return any(plugin.get("type") == "sbr" for plugin in plugins)


def _list_destinations(plugins: list[dict[str, Any]], ipams: list[dict[str, Any]]) -> list[str]:
    routes = [str(dst) for ipam in ipams for dst in _read_routes(ipam)]
    if any(plugin.get("isDefaultGateway") is True for plugin in plugins):
        routes.append("0.0.0.0/0")
    return routes


def _read_routes(ipam: dict[str, Any]) -> Iterator[Any]:
    routes = ipam.get("routes")
    for route in routes if isinstance(routes, list) else []:
        if isinstance(route, dict) and "dst" in route:
            yield route["dst"]


def _read_gateways(ipam: dict[str, Any]) -> list[Any]:
    """Return the gateways that an IPAM plugin returns along with an address."""
    addresses = ipam.get("addresses")
    own = (
        [item.get("gateway") for item in addresses if isinstance(item, dict)]
        if isinstance(addresses, list)
        else []
    )
    return [gateway for gateway in [ipam.get("gateway"), *own] if gateway]
