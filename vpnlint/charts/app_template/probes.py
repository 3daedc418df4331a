"""app-template's `probes` → livenessProbe, readinessProbe, startupProbe, for chart versions 2 to 5.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/lib/container/fields/_probes.tpl
and lib/service/_primary*.tpl, tags common-2.3.0 to common-4.1.1; _probes.tpl of common 5.3.0 (COMMAND).
"""

from __future__ import annotations

from vpnlint.charts.app_template.scope import Scope
from vpnlint.charts.helm.values import is_empty, list_enabled_items, make_node
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar

_TIMES = {"initialDelaySeconds": 0, "failureThreshold": 3, "timeoutSeconds": 1, "periodSeconds": 10}
_COMMAND_PROBES = (5, 3, 0)


def make_probes(scope: Scope, controller: str, container: Node) -> dict[str, Node]:
    """Return the probes of a container by the name of their field."""
    found = container.map.get("probes")
    result: dict[str, Node] = {}
    for name, probe in sorted(found.map.items()) if found is not None else ():
        if is_empty(probe.map.get("enabled")):
            continue
        made_probe = (
            _custom(scope, probe)
            if not is_empty(probe.map.get("custom"))
            else _simple(scope, controller, probe)
        )
        if made_probe is not None and made_probe.value:
            result[f"{name}Probe"] = made_probe
    return result


def _custom(scope: Scope, probe: Node) -> Node | None:
    spec = probe.map.get("spec")
    return None if spec is None else scope.expand(spec)


def _simple(scope: Scope, controller: str, probe: Node) -> Node | None:
    """Return the probe that the chart makes from a type and the controller's primary port."""
    port = find_primary_port(scope, controller)
    if port is None and scope.version < _COMMAND_PROBES:
        return None
    spec = probe.map.get("spec", probe)
    times = {name: _time(scope, probe, spec.map.get(name), default) for name, default in _TIMES.items()}
    kind = _text(probe, "type") or "TCP"
    if (
        scope.version >= _COMMAND_PROBES
        and "command" in probe.map
        and _text(probe, "type") in ("", "AUTO", "COMMAND")
    ):
        command = Node.make({"command": scope.expand(probe.map["command"])}, probe)
        return Node.make({**times, "exec": command}, probe)
    if kind == "AUTO":
        kind = _text(port, "protocol") if port is not None else ""
    action: dict[str, Node] = {}
    header = "tcpSocket"
    if kind in ("HTTP", "HTTPS"):
        header = "httpGet"
        action = {"path": probe.map.get("path", make_node(None, probe)), "scheme": Node.make(kind, probe)}
    elif kind == "GRPC" and scope.version >= (3, 7, 0):
        header = "grpc"
        action = {"service": probe.map["service"]} if not is_empty(probe.map.get("service")) else {}
    number = _port(scope, probe, port)
    if number is not None:
        action["port"] = number
    return Node.make({**times, header: Node.make(action, probe)}, probe)


def _time(scope: Scope, probe: Node, given: Node | None, default: int) -> Node:
    if given is not None and given.value is not None:
        return given
    return make_node(default if scope.version >= (3, 0, 0) else None, probe)


def _port(scope: Scope, probe: Node, primary: Node | None) -> Node | None:
    own = probe.map.get("port")
    if own is not None and own.value:
        if isinstance(own.value, int | float) and scope.version < (2, 3, 0):
            return make_node(format_helm_scalar(own.value), own)
        return scope.expand(own)
    if primary is None:
        return None
    target = primary.map.get("targetPort")
    return target if target is not None and target.value else _integer(primary.map.get("port"))


def _integer(node: Node | None) -> Node | None:
    if node is not None and node.text.isdigit():
        return Node.make(int(node.text), node)
    return node


def _text(node: Node, key: str) -> str:
    found = node.map.get(key)
    return "" if found is None else found.text


def find_primary_port(scope: Scope, controller: str) -> Node | None:
    """Return the primary (or first) port of the controller's primary (or first) Service: what probes test."""
    services = list_enabled_items(scope.values.map.get("service"))
    if scope.version >= (3, 0, 3):
        services = [(name, service) for name, service in services if _serves(scope, service, controller)]
    service = _primary(services)
    return _primary(list_enabled_items(service.map.get("ports"))) if service is not None else None


def _serves(scope: Scope, service: Node, controller: str) -> bool:
    named = service.map.get("controller")
    if named is not None and named.value:
        return named.text == controller
    return scope.version >= (4, 0, 0) and len(list_enabled_items(scope.values.map.get("controllers"))) == 1


def _primary(items: list[tuple[str, Node]]) -> Node | None:
    marked = [item for _, item in items if not is_empty(item.map.get("primary"))]
    return marked[-1] if marked else items[0][1] if items else None
