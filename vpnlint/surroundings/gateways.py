"""Gateways among the objects → those that a Pod's traffic is sent through, and whether they block when their VPN is down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.node import Node
from vpnlint.surroundings import pod_gateway
from vpnlint.surroundings.public_internet import carries
from vpnlint.surroundings.selectors import matches, matches_endpoint, namespace_labels, pod_labels
from vpnlint.surroundings.trilean import Tri, all_of, any_of
from vpnlint.workloads.workload import Workload


def gateways(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return every pod-gateway among the objects, and every Cilium egress gateway that may select the Pod.

    name; kind: `pod-gateway` or `cilium`; place (as vpnlint.judge.locate reads it); routes: `yes` or `no`, whether it takes this Pod's traffic, or `unknown`; missing: what of
    the repository would tell; killSwitch: `on`, `off`, `unknown`.
    """
    return [*pod_gateway.gateways(workload, objects, catalog), *_cilium(workload, objects)]


def _cilium(workload: Workload, objects: Objects) -> Iterator[dict[str, Any]]:
    """Source: Cilium v1.19 Documentation/network/egress-gateway/egress-gateway.rst.

    What is behind the gateway node's address stands in no manifest of the cluster, so neither does its kill switch.
    """
    labels, around = pod_labels(workload), namespace_labels(objects, workload.namespace)
    for policy in objects.of_kind("CiliumEgressGatewayPolicy"):
        selectors, cidrs = policy.get("spec", "selectors"), policy.get("spec", "destinationCIDRs")
        chosen: list[Tri] = []
        for selector in selectors.list if selectors is not None else []:
            pods = matches_endpoint(selector.get("podSelector"), labels, workload.namespace, around)
            namespace = selector.get("namespaceSelector")
            nodes: Tri = "yes" if selector.get("nodeSelector") is None else "unknown"
            chosen.append(
                all_of([pods, nodes, matches(namespace, around) if namespace is not None else "yes"])
            )
        internet = carries([item.text for item in cidrs.list] if cidrs is not None else [])
        routes = all_of([any_of(chosen), internet])
        if routes != "no":
            yield {
                "name": _name(policy),
                "kind": "cilium",
                "place": f"CiliumEgressGatewayPolicy//{_name(policy)}",
                "routes": routes,
                "missing": "",
                "killSwitch": "unknown",
            }


def _name(node: Node) -> str:
    name = node.get("metadata", "name")
    return name.text if name is not None else ""
