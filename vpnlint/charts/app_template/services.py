"""Makes the Services of app-template's `service`.

A Service names the controller whose Pods it selects, or selects those of the only one; HTTP and HTTPS mean
TCP. Source: github.com/bjw-s-labs/helm-charts, charts/library/common, tags common-2.3.0 to common-4.1.1
(templates/render/_services.tpl, templates/classes/_service.tpl, templates/lib/service).
"""

from __future__ import annotations

from collections.abc import Mapping

from vpnlint.charts.app_template.pod_template import make_selector_labels
from vpnlint.charts.app_template.scope import Kind, Scope
from vpnlint.charts.helm.values import list_enabled_items, make_node
from vpnlint.source.node import Node

_TCP = ("HTTP", "HTTPS", "")


def make_services(scope: Scope, controllers: Mapping[str, Node]) -> list[Node]:
    """Return the Services of a release, except those for none of the controllers, which Helm refuses."""
    items = list_enabled_items(scope.values.map.get("service"))
    services = []
    for identifier, item in items:
        controller = item.text_at("controller") or (next(iter(controllers)) if len(controllers) == 1 else "")
        if controller in controllers:
            services.append(_make_service(scope, identifier, item, controller, len(items)))
    return services


def _make_service(scope: Scope, identifier: str, item: Node, controller: str, count: int) -> Node:
    spec: dict[str, object] = {
        "type": item.map.get("type", "ClusterIP"),
        "selector": {**item.fields("extraSelectorLabels"), **make_selector_labels(scope, controller)},
        "ports": [_make_port(name, port) for name, port in list_enabled_items(item.map.get("ports"))],
    }
    for key in ("clusterIP", "loadBalancerClass"):
        if key in item.map:
            spec[key] = item.map[key]
    metadata: dict[str, object] = {
        "name": scope.make_object_name(identifier, item, Kind.OTHER, count),
        "namespace": scope.release.namespace,
        "annotations": item.map.get("annotations", {}),
    }
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    return scope.expand(make_node(service, item))


def _make_port(name: str, port: Node) -> dict[str, object]:
    protocol = port.text_at("protocol").upper()
    fields: dict[str, object] = {
        "name": name,
        "port": port.map.get("port"),
        "protocol": "TCP" if protocol in _TCP else protocol,
    }
    target = port.map.get("targetPort")
    return {**fields, "targetPort": target} if target is not None and target.value is not None else fields
