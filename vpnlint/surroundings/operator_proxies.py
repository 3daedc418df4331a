"""Finds the proxies of Tailscale's operator that a Pod is or seems to rely on.

Source: tailscale v1.102.3 cmd/k8s-operator/svc.go (an egress Service becomes an ExternalName of its proxy:
only traffic to that name goes through it, to one machine of the tailnet) and connector.go (a Connector
advertises an exit node to others). The operator handles Services, Ingresses and its own kinds; it ignores
annotations on Pods.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.workloads.tailscale_proxies import EGRESS_ANNOTATIONS
from vpnlint.workloads.workload import Workload

_PREFIX = "tailscale.com/"


def find_operator_proxies(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return the `kind` and `name` of each proxy that the Pod relies on, or is itself (`self`)."""
    if workload.is_proxy:
        return [{"kind": workload.kind, "name": workload.name, "self": True}]
    return [
        {"kind": kind, "name": name, "self": False} for kind, name in _find_named_proxies(workload, objects)
    ]


def _find_named_proxies(workload: Workload, objects: Objects) -> Iterator[tuple[str, str]]:
    template = workload.template
    if template is None:
        return
    texts = [
        node.scalar_text
        for container in workload.containers
        for item in container.items("env")
        if (node := item.get("value")) is not None
    ]
    annotations = template.fields("metadata", "annotations")
    marked = [name for name in annotations if name.startswith(_PREFIX)]
    yield from (("annotation", name) for name in marked)
    for service in objects.of_kind("Service"):
        name = service.text_at("metadata", "name")
        if _is_egress(service) and any(_names_host(name, text) for text in texts):
            yield "Service", name
    for connector in objects.of_kind("Connector"):
        name = connector.text_at("metadata", "name")
        if connector.is_true("spec", "exitNode") and any(
            _names_host(name, text) for text in (*texts, *(node.scalar_text for node in annotations.values()))
        ):
            yield "Connector", name


def _is_egress(service: Node) -> bool:
    annotations = service.fields("metadata", "annotations")
    return any(name in annotations for name in EGRESS_ANNOTATIONS)


def _names_host(name: str, text: str) -> bool:
    """Tell whether a text contains a host of this name, alone or followed by its domain or port."""
    hosts = text.replace("/", " ").replace("@", " ").replace(",", " ").replace("=", " ").split()
    return bool(name) and any(host.split(":")[0].split(".")[0] == name for host in hosts)
