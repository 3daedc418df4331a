"""Makes the Services of k8s-at-home's common library, and of bjw-s' before its second version.

Each selects the Pods of the release's only controller. A port without a targetPort leads to the container's
port of its own name, which has the port's number. Source: github.com/k8s-at-home/library-charts, common
4.5.2, charts/stable/common/templates (_service.tpl, classes/_service.tpl, lib/controller/_ports.tpl); bjw-s'
common 1.5.1 has the same templates.
"""

from __future__ import annotations

from collections.abc import Mapping

from vpnlint.charts.helm.library_values import CHART_DEFAULT
from vpnlint.charts.helm.values import make_node
from vpnlint.source.node import Node

_TCP = ("", "TCP", "HTTP", "HTTPS")


def make_library_services(
    values: Node, fullname: str, selector: Mapping[str, object], namespace: str
) -> list[Node]:
    """Return the Services that the values switch on, without those whose switch is a variable of Flux."""
    enabled = [(name, item) for name, item in sorted(values.fields("service").items()) if _is_on(item)]
    main = next((name for name, item in enabled if item.is_true("primary")), enabled[0][0] if enabled else "")
    made = []
    for name, item in enabled:
        suffix = item.text_at("nameOverride") or ("" if name == main else name)
        spec = {
            "type": item.text_at("type") or "ClusterIP",
            "selector": dict(selector),
            "ports": [
                _make_port(key, port) for key, port in sorted(item.fields("ports").items()) if _is_on(port)
            ],
        }
        metadata = {"name": f"{fullname}-{suffix}" if suffix else fullname, "namespace": namespace}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
        made.append(make_node(service, item))
    return made


def _is_on(item: Node) -> bool:
    switch = item.get("enabled")
    return switch is not None and bool(switch.value) and "${" not in switch.text


def _make_port(name: str, port: Node) -> dict[str, object]:
    protocol = port.text_at("protocol")
    number = port.scalar_at("port") or CHART_DEFAULT
    target = port.scalar_at("targetPort") or number
    return {
        "name": name,
        "protocol": "TCP" if protocol in _TCP else protocol,
        "port": int(number) if number.isdecimal() else number,
        "targetPort": int(target) if target.isdecimal() else target,
    }
