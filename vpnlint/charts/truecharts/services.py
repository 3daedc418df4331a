"""Makes the Services of TrueCharts' `service`, each for the Pods of one workload.

A Service selects the workload that targetSelector names, else the primary one. It is a ClusterIP if that
workload uses the node's network. HTTP and HTTPS mean TCP. Sources: common 24 to 28
(github.com/truecharts/public, later trueforge-org/truecharts,
charts/library/common/templates/class/_service.tpl, lib/service/_ports.tpl); the charts' own Services are in
charts/stable/*/values.yaml.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import CHART_DEFAULT
from vpnlint.charts.helm.values import make_app_labels, make_node
from vpnlint.charts.truecharts.workload_entry import WorkloadEntry, is_entry_enabled
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

_PORT = defer_pattern(r"[0-9]{1,5}")
_TCP = ("tcp", "http", "https", "")


def make_services(workload: WorkloadEntry, is_primary: bool) -> list[Node]:
    """Return the Services that select the Pods of a workload. Raises UnknownChart if Helm refuses one."""
    services = workload.values.get("service")
    selecting = []
    for name, item in sorted(services.map.items()) if services is not None else []:
        target = item.text_at("targetSelector")
        if is_entry_enabled(workload.template, item, f"service.{name}") and (
            target == workload.name or (not target and is_primary)
        ):
            selecting.append(_make_service(workload, name, item))
    return selecting


def _make_service(workload: WorkloadEntry, name: str, item: Node) -> Node:
    on_node = workload.get_option("hostNetwork")
    kind = workload.template.expand_text(item.text_at("type")) or CHART_DEFAULT
    primary = item.get("primary")
    spec: dict[str, object] = {
        "type": "ClusterIP" if on_node is not None and on_node.value is True else kind,
        "selector": {
            **make_app_labels(workload.release.title, workload.release.name),
            "pod.name": workload.name,
        },
        "ports": [
            _make_port(workload, key, port)
            for key, port in sorted((item.get("ports") or make_node({}, item)).map.items())
            if is_entry_enabled(workload.template, port, f"service.{name}.ports.{key}")
        ],
    }
    is_main = primary is not None and primary.value is True
    full = workload.fullname if is_main else f"{workload.fullname}-{name}"
    metadata = {"name": full, "namespace": workload.release.namespace}
    return make_node({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}, item)


def _make_port(workload: WorkloadEntry, name: str, port: Node) -> dict[str, object]:
    protocol = workload.template.expand_text(port.text_at("protocol"))
    fields: dict[str, object] = {
        "name": name,
        "protocol": "TCP" if protocol in _TCP else protocol.upper(),
        "port": _expand_number(workload, port, "port"),
    }
    target = _expand_number(workload, port, "targetPort")
    return {**fields, "targetPort": target} if target is not None else fields


def _expand_number(workload: WorkloadEntry, port: Node, key: str) -> Node | None:
    value = port.map.get(key)
    if value is None or value.value is None:
        return None
    expanded = workload.template.expand(value)
    text = expanded.text
    return make_node(int(text), value) if _PORT.fullmatch(text) else expanded
