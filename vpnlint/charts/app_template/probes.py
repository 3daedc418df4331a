"""Makes a container's probes from app-template's `probes`, for chart versions 2 to 5.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/lib/container/fields/_probes.tpl
and lib/service/_primary*.tpl, tags common-2.3.0 to common-4.1.1; _probes.tpl of common 5.3.0 (COMMAND).
"""

from __future__ import annotations

from vpnlint.charts.app_template.scope import Scope
from vpnlint.charts.helm.values import is_empty, list_enabled_items, make_node
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar

_PORT = defer_pattern(r"[0-9]{1,5}")
_TIMES = {"initialDelaySeconds": 0, "failureThreshold": 3, "timeoutSeconds": 1, "periodSeconds": 10}
_COMMAND_PROBES = (5, 3, 0)


def make_probes(scope: Scope, controller: str, container: Node) -> dict[str, Node]:
    """Return the probes of a container, by the name of their field (`startupProbe`)."""
    probes = container.map.get("probes")
    result: dict[str, Node] = {}
    for name, probe in sorted(probes.map.items()) if probes is not None else ():
        if is_empty(probe.map.get("enabled")):
            continue
        field = (
            _make_custom_probe(scope, probe)
            if not is_empty(probe.map.get("custom"))
            else _make_simple_probe(scope, controller, probe)
        )
        if field is not None and field.value:
            result[f"{name}Probe"] = field
    return result


def _make_custom_probe(scope: Scope, probe: Node) -> Node | None:
    spec = probe.map.get("spec")
    return None if spec is None else scope.expand(spec)


def _make_simple_probe(scope: Scope, controller: str, probe: Node) -> Node | None:
    """Return the probe that the chart makes from a type and the controller's primary port, if any."""
    port = find_primary_port(scope, controller)
    if port is None and scope.version < _COMMAND_PROBES:
        return None
    spec = probe.map.get("spec", probe)
    times = {
        name: _choose_time(scope, probe, spec.map.get(name), default) for name, default in _TIMES.items()
    }
    kind = probe.text_at("type") or "TCP"
    if (
        scope.version >= _COMMAND_PROBES
        and "command" in probe.map
        and probe.text_at("type") in ("", "AUTO", "COMMAND")
    ):
        command = Node.make({"command": scope.expand(probe.map["command"])}, probe)
        return Node.make({**times, "exec": command}, probe)
    if kind == "AUTO":
        kind = port.text_at("protocol") if port is not None else ""
    action: dict[str, Node] = {}
    header = "tcpSocket"
    if kind in ("HTTP", "HTTPS"):
        header = "httpGet"
        action = {"path": probe.map.get("path", make_node(None, probe)), "scheme": Node.make(kind, probe)}
    elif kind == "GRPC" and scope.version >= (3, 7, 0):
        header = "grpc"
        action = {"service": probe.map["service"]} if not is_empty(probe.map.get("service")) else {}
    number = _choose_port(scope, probe, port)
    if number is not None:
        action["port"] = number
    return Node.make({**times, header: Node.make(action, probe)}, probe)


def _choose_time(scope: Scope, probe: Node, own: Node | None, default: int) -> Node:
    if own is not None and own.value is not None:
        return own
    return make_node(default if scope.version >= (3, 0, 0) else None, probe)


def _choose_port(scope: Scope, probe: Node, primary: Node | None) -> Node | None:
    own = probe.map.get("port")
    if own is not None and own.value:
        if isinstance(own.value, int | float) and scope.version < (2, 3, 0):
            return make_node(format_helm_scalar(own.value), own)
        return scope.expand(own)
    if primary is None:
        return None
    target = primary.map.get("targetPort")
    return target if target is not None and target.value else _parse_integer(primary.map.get("port"))


def _parse_integer(node: Node | None) -> Node | None:
    if node is not None and _PORT.fullmatch(node.text):
        return Node.make(int(node.text), node)
    return node


def find_primary_port(scope: Scope, controller: str) -> Node | None:
    """Return the port that probes test: the primary (or first) one of the primary (or first) Service."""
    services = list_enabled_items(scope.values.map.get("service"))
    if scope.version >= (3, 0, 3):
        services = [
            (name, service) for name, service in services if _serves_controller(scope, service, controller)
        ]
    service = _choose_primary(services)
    return _choose_primary(list_enabled_items(service.map.get("ports"))) if service is not None else None


def _serves_controller(scope: Scope, service: Node, controller: str) -> bool:
    named = service.map.get("controller")
    if named is not None and named.value:
        return named.text == controller
    return scope.version >= (4, 0, 0) and len(list_enabled_items(scope.values.map.get("controllers"))) == 1


def _choose_primary(items: list[tuple[str, Node]]) -> Node | None:
    marked = [item for _, item in items if not is_empty(item.map.get("primary"))]
    return marked[-1] if marked else items[0][1] if items else None
