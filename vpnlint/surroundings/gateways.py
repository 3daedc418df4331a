"""Finds the gateways that a Pod's traffic is sent through, and whether they block when their VPN is down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.surroundings import pod_gateway
from vpnlint.surroundings.public_internet import carries_internet
from vpnlint.surroundings.selectors import (
    matches_endpoint,
    matches_selector,
    read_namespace_labels,
    read_pod_labels,
)
from vpnlint.surroundings.trilean import Tri, all_of, any_of
from vpnlint.workloads.workload import Workload

_CALICO = "egress.projectcalico.org/"


def find_gateways(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return every pod-gateway, and every egress gateway of Cilium or Calico that may select the Pod.

    name; kind: `pod-gateway`, `cilium` or `calico`; place (as vpnlint.judge.locate reads it); routes: whether
    it takes this Pod's traffic (`yes`, `no`, `unknown`); missing: what of the repository would tell;
    killSwitch: `on`, `off` or `unknown`.
    """
    return [
        *pod_gateway.find_pod_gateways(workload, objects, catalog),
        *_cilium(workload, objects),
        *_calico(workload, objects),
    ]


def _calico(workload: Workload, objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield the egress gateway that an annotation of the Pod or of its namespace chooses.

    Source: Calico Enterprise 3.21 "Egress gateways" (`egress.projectcalico.org/selector` and
    `egressGatewayPolicy`; the Pod's annotation wins over the namespace's). What the gateway's Pods send their
    traffic through stands elsewhere.
    """
    namespace = objects.find("Namespace", "", workload.namespace) if workload.namespace else None
    for root in (workload.template, namespace):
        for name in ("selector", "egressGatewayPolicy"):
            value = root.scalar_at("metadata", "annotations", f"{_CALICO}{name}") if root is not None else ""
            if value:
                yield {
                    "name": value,
                    "kind": "calico",
                    "place": "",
                    "routes": "yes",
                    "missing": "",
                    "killSwitch": "unknown",
                }
                return


def _cilium(workload: Workload, objects: Objects) -> Iterator[dict[str, Any]]:
    """Source: Cilium v1.19 Documentation/network/egress-gateway/egress-gateway.rst.

    What is behind the gateway node's address stands in no manifest of the cluster, so neither does its kill
    switch.
    """
    labels, around = read_pod_labels(workload), read_namespace_labels(objects, workload.namespace)
    for policy in objects.of_kind("CiliumEgressGatewayPolicy"):
        chosen: list[Tri] = []
        for selector in policy.items("spec", "selectors"):
            pods = matches_endpoint(selector.get("podSelector"), labels, workload.namespace, around)
            namespaces = matches_selector(
                selector.get("namespaceSelector"), around.labels, whole=around.whole
            )
            nodes: Tri = "yes" if selector.get("nodeSelector") is None else "unknown"
            chosen.append(all_of([pods, nodes, namespaces]))
        internet = carries_internet(item.text for item in policy.items("spec", "destinationCIDRs"))
        routes = all_of([any_of(chosen), internet])
        if routes != "no":
            name = policy.text_at("metadata", "name")
            yield {
                "name": name,
                "kind": "cilium",
                "place": f"CiliumEgressGatewayPolicy//{name}",
                "routes": routes,
                "missing": "",
                "killSwitch": "unknown",
            }
