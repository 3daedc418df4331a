"""Reads and merges values as Helm's templates do, on Nodes: emptiness, order, and merging of trees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node, Scalar

Plain: TypeAlias = "Mapping[str, Plain] | Sequence[Plain] | Scalar"


def is_empty(node: Node | None) -> bool:
    """Tell whether a Go template takes a value for false: missing, null, false, 0, "", [] or {}."""
    return node is None or not node.value


def is_enabled(node: Node) -> bool:
    """Tell whether an item of the values is enabled: a mapping whose `enabled` is true or missing."""
    if not isinstance(node.value, dict):
        return False
    switch = node.value.get("enabled")
    return switch is None or bool(switch.value)


def list_enabled_items(node: Node | None) -> list[tuple[str, Node]]:
    """Return the enabled items of a mapping in the order of their keys, as Go's `range` visits them."""
    return (
        [] if node is None else [(name, item) for name, item in sorted(node.map.items()) if is_enabled(item)]
    )


def make_node(value: object, origin: Node) -> Node:
    """Return plain data, which may contain Nodes, as Nodes at the place of `origin`.

    Raises TypeError for anything but a YAML value.
    """
    if value is None or isinstance(value, str | int | float):
        return Node.make(value, origin)
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        return Node.make({str(key): make_node(item, origin) for key, item in value.items()}, origin)
    if isinstance(value, Sequence):
        return Node.make([make_node(item, origin) for item in value], origin)
    raise TypeError(f"not a YAML value: {value!r}")


def overlay_values(defaults: Plain, values: Node) -> Node:
    """Return the user's values over a chart's defaults, as in Helm: a null removes a default."""
    if not isinstance(defaults, Mapping) or not isinstance(values.value, dict):
        return values
    result = dict(values.value)
    for key, default in defaults.items():
        own = result.get(key)
        if own is None:
            result[key] = make_node(default, values)
        elif own.value is None:
            del result[key]
        else:
            result[key] = overlay_values(default, own)
    return Node.make(result, values)


def merge_values(first: Node, second: Node) -> Node:
    """Return two trees merged like sprig's `merge`: at any depth, `first` wins unless its value is empty."""
    if not isinstance(first.value, dict) or not isinstance(second.value, dict):
        return second if is_empty(first) else first
    result = dict(first.value)
    for key, other in second.value.items():
        own = result.get(key)
        result[key] = other if own is None else merge_values(own, other)
    return Node.make(result, first)


def merge_maps(maps: Iterable[Node | None]) -> dict[str, Node]:
    """Return flat mappings merged like sprig's `merge`: for each key the first value that is not empty."""
    result: dict[str, Node] = {}
    for node in maps:
        for key, value in node.map.items() if node is not None else ():
            if is_empty(result.get(key)):
                result[key] = value
    return result


def shorten_name(name: str) -> str:
    """Return a name cut to the 63 characters of a DNS label, without a dash at its end."""
    return name[:63].removesuffix("-")


def make_fullname(release: str, name: str) -> str:
    """Return the prefix of objects' names: the release's name, and the app's unless it is part of that."""
    return shorten_name(release if name in release else f"{release}-{name}")


def make_app_labels(name: str, release: str) -> dict[str, str]:
    """Return the recommended labels of an app and its instance, by which charts select Pods."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": release}


def rename_fields(fields: Mapping[str, Node], names: Mapping[str, str]) -> dict[str, Node]:
    """Return the fields that are not empty under new names.

    names: new name → name in `fields`. Names that `fields` lacks are left out.
    """
    return {new: fields[old] for new, old in names.items() if old in fields and fields[old].value}


def sort_by_dependency(graph: Mapping[str, Node | None]) -> list[str]:
    """Return the names in the chart's order: each after its dependencies, otherwise alphabetically.

    graph: name → its `dependsOn`, which is a name, a list of names or None. Raises UnknownChart, as Helm
    refuses the values, if dependencies are circular or missing.
    """
    names = sorted(graph)
    if all(is_empty(depends) for depends in graph.values()):
        return names
    waiting = {
        name: {item.text for item in node.list} or {node.text}
        for name, node in graph.items()
        if node is not None and node.value
    }
    order: list[str] = []
    while names:
        ready = next((name for name in names if not waiting.get(name)), None)
        if ready is None:
            raise UnknownChart(f"dependsOn of {', '.join(names)} is circular or names a missing item")
        order.append(ready)
        names.remove(ready)
        for others in waiting.values():
            others.discard(ready)
    return order
