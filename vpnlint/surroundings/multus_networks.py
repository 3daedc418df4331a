"""Multus networks that a Pod asks for → whether its internet traffic takes them.

Sources: multus-cni v4 pkg/k8sclient/k8sclient.go (annotation: a list of `namespace/name@interface`, or JSON;
the Pod's own namespace where none is named), pkg/netutils/netutils.go (`default-route` takes the default
route off the other interfaces); containernetworking plugins v1 pkg/ipam/ipam_linux.go (routes are added by
RouteAddEcmp, so a second default route stands before eth0's, tried with `ip route prepend`; a gateway alone
makes no route), plugins/meta/sbr (the routes move to a table that only the interface's own address uses).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.public_internet import carries_internet
from vpnlint.workloads.workload import Workload

ANNOTATION = "k8s.v1.cni.cncf.io/networks"


class _Wanted(NamedTuple):
    namespace: str
    name: str
    interface: str
    takes_default: bool


def find_networks(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return each network that the Pod asks for.

    name; interface; known: its NetworkAttachmentDefinition is among the objects; default: `yes` where the
    Pod's internet traffic takes it, `bound` where only what is bound to its interface does, `no`, `unknown`;
    alone: eth0 has no way out beside it.
    """
    annotation = workload.template.get("metadata", "annotations", ANNOTATION) if workload.template else None
    if annotation is None or not annotation.text.strip():
        return []
    wanted = _wanted(annotation.text, workload.namespace)
    if wanted is None:
        return [_entry(annotation.text.strip(), "net1", known=False, default="unknown")]
    return [_network(item, index, objects) for index, item in enumerate(wanted, 1)]


def _network(wanted: _Wanted, index: int, objects: Objects) -> dict[str, Any]:
    name = f"{wanted.namespace}/{wanted.name}" if wanted.namespace else wanted.name
    interface = wanted.interface or f"net{index}"
    found = objects.find("NetworkAttachmentDefinition", wanted.namespace, wanted.name)
    config = found.get("spec", "config") if found is not None else None
    if wanted.takes_default:
        return _entry(name, interface, known=found is not None, default="yes", alone=True)
    return _entry(name, interface, known=found is not None, default=_default(config) if config else "unknown")


def _entry(name: str, interface: str, *, known: bool, default: str, alone: bool = False) -> dict[str, Any]:
    return {"name": name, "interface": interface, "known": known, "default": default, "alone": alone}


def _wanted(text: str, namespace: str) -> list[_Wanted] | None:
    """Return the networks of the annotation, None where it cannot be read."""
    if not any(character in text for character in '[{"'):
        return [_named(item.strip(), namespace) for item in text.split(",")]
    try:
        items = json.loads(text)
    except ValueError:
        return None
    if not isinstance(items, list) or not all(isinstance(item, dict) and "name" in item for item in items):
        return None
    return [
        _Wanted(
            str(item.get("namespace") or namespace),
            str(item["name"]),
            str(item.get("interface") or ""),
            bool(item.get("default-route")),
        )
        for item in items
    ]


def _named(item: str, namespace: str) -> _Wanted:
    own, _, rest = item.rpartition("/")
    name, _, interface = rest.partition("@")
    return _Wanted(own.strip() or namespace, name.strip(), interface.strip(), takes_default=False)


def _default(config: Node) -> str:
    try:
        read = json.loads(config.text)
    except ValueError:
        return "unknown"
    plugins = read.get("plugins", [read]) if isinstance(read, dict) else []
    plugins = [plugin for plugin in plugins if isinstance(plugin, dict)]
    ipams = [ipam for plugin in plugins if isinstance(ipam := plugin.get("ipam"), dict)]
    by_source = any(plugin.get("type") == "sbr" for plugin in plugins)
    routes = [str(dst) for ipam in ipams for dst in _routes(ipam)]
    if any(plugin.get("isDefaultGateway") is True for plugin in plugins):
        routes.append("0.0.0.0/0")
    answer = carries_internet(routes)
    if by_source and (answer == "yes" or any(_gateways(ipam) for ipam in ipams)):
        return "bound"
    if answer == "no" and any(ipam.get("type") == "dhcp" for ipam in ipams):
        return "unknown"
    return answer


def _routes(ipam: dict[str, Any]) -> Iterator[Any]:
    routes = ipam.get("routes")
    for route in routes if isinstance(routes, list) else []:
        if isinstance(route, dict) and "dst" in route:
            yield route["dst"]


def _gateways(ipam: dict[str, Any]) -> list[Any]:
    """Return the gateways that the ipam plugin hands on with an address."""
    addresses = ipam.get("addresses")
    own = (
        [item.get("gateway") for item in addresses if isinstance(item, dict)]
        if isinstance(addresses, list)
        else []
    )
    return [gateway for gateway in [ipam.get("gateway"), *own] if gateway]
