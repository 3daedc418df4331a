"""Finds the gateways that a Pod's traffic goes through, and whether they block it when their VPN is down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.node import Node
from vpnlint.surroundings import pod_gateway
from vpnlint.surroundings.public_internet import carries_internet, opens_internet
from vpnlint.surroundings.selectors import (
    matches_endpoint,
    matches_selector,
    read_namespace_labels,
    read_pod_labels,
)
from vpnlint.surroundings.trilean import Tri, all_of, any_of
from vpnlint.workloads.workload import Workload

_CALICO, _CALICO_NAMES = "egress.projectcalico.org/", ("selector", "egressGatewayPolicy")


def find_gateways(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return every pod-gateway, and every egress gateway of Cilium or Calico that may select the Pod.

    Each entry holds:
    name: the gateway's.
    kind: `pod-gateway`, `cilium` or `calico`.
    place: where it is defined, in the form that vpnlint.judge.locate reads.
    routes: whether it carries this Pod's traffic (`yes`, `no`, `unknown`).
    missing: the object that would settle an unknown answer, if the repository lacks it.
    killSwitch: `on`, `off` or `unknown`.
    """
    return [
        *pod_gateway.find_pod_gateways(workload, objects, catalog),
        *_find_cilium_gateways(workload, objects),
        *_find_calico_gateway(workload, objects),
    ]


def _find_calico_gateway(workload: Workload, objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield the egress gateway that an annotation on the Pod's namespace selects; its own the view reads.

    No annotation says where the gateway's own Pods send the traffic. Source: Calico Enterprise 3.21 "Egress
    gateways" (`egress.projectcalico.org/selector` and `egressGatewayPolicy`; the Pod's annotation wins over
    the namespace's).
    """
    namespace = objects.find("Namespace", "", workload.namespace) if workload.namespace else None
    if workload.template is not None and _read_calico_choice(workload.template):
        return
    choice = _read_calico_choice(namespace) if namespace is not None else ""
    if choice:
        yield {
            "name": choice,
            "kind": "calico",
            "place": "",
            "routes": "yes",
            "missing": "",
            "killSwitch": "unknown",
        }


def _read_calico_choice(root: Node) -> str:
    annotations = (root.scalar_at("metadata", "annotations", _CALICO + name) for name in _CALICO_NAMES)
    return next(filter(None, annotations), "")


def _find_cilium_gateways(workload: Workload, objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield the egress gateways whose policy may select the Pod.

    No manifest says what lies behind the gateway node's address, so the kill switch is unknown. Source:
    Cilium v1.19 Documentation/network/egress-gateway/egress-gateway.rst.
    """
    labels, namespace_labels = read_pod_labels(workload), read_namespace_labels(objects, workload.namespace)
    for policy in objects.of_kind("CiliumEgressGatewayPolicy"):
        selected: list[Tri] = []
        for selector in policy.items("spec", "selectors"):
            pods = matches_endpoint(selector.get("podSelector"), labels, workload.namespace, namespace_labels)
            namespaces = matches_selector(
                selector.get("namespaceSelector"), namespace_labels.labels, whole=namespace_labels.whole
            )
            nodes: Tri = "yes" if selector.get("nodeSelector") is None else "unknown"
            selected.append(all_of([pods, nodes, namespaces]))
        internet = carries_internet(item.text for item in policy.items("spec", "destinationCIDRs"))
        excluded = [item.text for item in policy.items("spec", "excludedCIDRs")]
        routes = all_of([any_of(selected), internet, _judge_rest(excluded)])
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


def _judge_rest(excluded: list[str]) -> Tri:
    """Tell whether a gateway carries the internet without these networks, but for a few single places."""
    if carries_internet(excluded) == "yes":
        return "no"
    return "unknown" if any(opens_internet(text) != "no" for text in excluded) else "yes"
