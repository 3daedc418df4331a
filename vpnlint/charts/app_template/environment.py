"""Makes a container's env and envFrom from app-template's, for chart versions 2 to 5.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/lib/container/fields/_env.tpl and
_envFrom.tpl, tags common-2.3.0 to common-4.1.1, and _envFrom.tpl of 5.x.
"""

from __future__ import annotations

from vpnlint.charts.app_template.scope import Scope
from vpnlint.charts.helm.values import is_empty, make_node, sort_by_dependency
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar

_SECTIONS = {"configMapRef": "configMaps", "secretRef": "secrets"}


def make_environment(scope: Scope, env: Node | None) -> list[Node]:
    """Return a container's variables in their order, each at the place of its value."""
    if env is None:
        return []
    if isinstance(env.value, list):
        return [
            _make_variable(scope, item.map.get("name", make_node("", item)), item, item) for item in env.value
        ]
    order = sort_by_dependency({name: item.map.get("dependsOn") for name, item in env.map.items()})
    result = []
    for name in order:
        item = env.map[name]
        if isinstance(item.value, dict):
            result.append(_make_variable(scope, env.get_key(name), item, item))
        else:
            result.append(_make_variable(scope, env.get_key(name), Node.make({"value": item}, item), item))
    return result


def _make_variable(scope: Scope, name: Node, item: Node, origin: Node) -> Node:
    fields = item.map
    if "value" in fields:
        value = fields["value"]
        if isinstance(value.value, str):
            value = scope.expand(value)
        elif isinstance(value.value, bool | int | float):
            value = Node.make(format_helm_scalar(value.value), value)
        return Node.make({"name": name, "value": value}, origin)
    if "valueFrom" in fields:
        return Node.make({"name": name, "valueFrom": scope.expand(fields["valueFrom"])}, origin)
    source = {key: field for key, field in fields.items() if key not in ("name", "dependsOn")}
    return Node.make({"name": name, "valueFrom": Node.make(source, item)}, origin)


def make_environment_sources(scope: Scope, env_from: Node | None) -> list[Node]:
    """Return the sources of a container's variables, which are ConfigMaps and Secrets.

    Raises UnknownChart, as Helm refuses the values, if an identifier is missing in them.
    """
    if env_from is None or scope.version < (2, 5, 0):
        return env_from.items() if env_from is not None else []
    return [made_source for item in env_from.list if (made_source := _make_source(scope, item)).value]


def _make_source(scope: Scope, item: Node) -> Node:
    fields = item.map
    result: dict[str, Node] = {}
    if "configMap" in fields:
        result["configMapRef"] = _refer_by_either(scope, fields["configMap"], "configMaps")
    elif "configMapRef" in fields:
        result["configMapRef"] = _make_reference(scope, fields["configMapRef"], "configMaps")
    elif "secret" in fields:
        result["secretRef"] = _refer_by_either(scope, fields["secret"], "secrets")
    elif "externalSecretRef" in fields:
        target = fields["externalSecretRef"]
        name = scope.find_external_secret_name(target) or target.map.get("identifier", target)
        result["secretRef"] = Node.make({"name": name}, target)
    elif "secretRef" in fields:
        result["secretRef"] = _make_reference(scope, fields["secretRef"], "secrets")
    if not is_empty(fields.get("prefix")):
        result["prefix"] = fields["prefix"]
    return Node.make(result, item)


def _refer_by_either(scope: Scope, reference: Node, section: str) -> Node:
    """Return a reference to the object with this identifier, else with this name."""
    object_name = scope.find_object_name(section, reference.text)
    return Node.make(
        {"name": scope.expand(reference) if object_name is None else Node.make(object_name, reference)},
        reference,
    )


def _make_reference(scope: Scope, reference: Node, section: str) -> Node:
    identifier = reference.map.get("identifier")
    if identifier is not None and identifier.value:
        name = scope.require_object_name(section, identifier, "envFrom")
    else:
        name = scope.expand(reference.map.get("name", make_node(None, reference)))
    optional = reference.map.get("optional")
    keeps = scope.version >= (4, 2, 0) and not is_empty(optional)
    return Node.make(
        {"name": name, **({"optional": optional} if keeps and optional is not None else {})}, reference
    )
