"""Finds the Services that send traffic to a workload's Pods, and the Pod ports that they use.

Source: Kubernetes v1.36 core/v1 ServiceSpec (a selector matches Pods of the Service's own namespace;
targetPort is a number or the name of a container's port, and defaults to the Service's port).
"""

from __future__ import annotations

from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.egress_rules import is_port_number
from vpnlint.surroundings.selectors import judge_namespace, read_pod_labels
from vpnlint.surroundings.trilean import is_unresolved
from vpnlint.workloads.workload import Workload


def find_services(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return the `name`, `type` and `ports` of each Service that may select the workload's Pods.

    A port holds `port` and `target` as numbers, 0 if unknown, the `protocol` and the `name`. A Service counts
    if its selector matches and nothing shows that it is in another namespace.
    """
    labels = read_pod_labels(workload)
    return [
        {
            "name": service.text_at("metadata", "name"),
            "type": service.text_at("spec", "type") or "ClusterIP",
            "ports": [_read_port(port, workload) for port in service.items("spec", "ports")],
        }
        for service in objects.of_kind("Service")
        if judge_namespace(service, workload.namespace) != "no" and _matches_labels(service, labels)
    ]


def _matches_labels(service: Node, labels: dict[str, str]) -> bool:
    selector = {key: node.scalar_text for key, node in service.fields("spec", "selector").items()}
    return bool(selector) and not any(
        is_unresolved(value) or labels.get(key) != value for key, value in selector.items()
    )


def _read_port(port: Node, workload: Workload) -> dict[str, Any]:
    target = port.scalar_at("targetPort") or port.scalar_at("port")
    return {
        "port": _read_number(port.scalar_at("port")),
        "target": _read_number(target) or _find_named_port(target, workload),
        "protocol": port.text_at("protocol") or "TCP",
        "name": port.text_at("name"),
    }


def _find_named_port(name: str, workload: Workload) -> int:
    for container in workload.containers:
        for port in container.items("ports"):
            if port.text_at("name") == name:
                return _read_number(port.scalar_at("containerPort"))
    return 0


def _read_number(text: str) -> int:
    """Return a port's number; 0 for a name or a variable."""
    return int(text) if is_port_number(text) else 0
