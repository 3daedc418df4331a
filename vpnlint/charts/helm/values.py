"""How Helm's templates look at values: emptiness, order, and the merging of two trees, on Nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node, Scalar

Plain: TypeAlias = "Mapping[str, Plain] | Sequence[Plain] | Scalar"


def is_empty(node: Node | None) -> bool:
    """Say whether Go's templates count this as false: missing, null, false, 0, "", [] or {}."""
    return node is None or not node.value


def is_enabled(node: Node) -> bool:
    """Say whether an item of the values is on: a mapping whose `enabled` is true or not given."""
    if not isinstance(node.value, dict):
        return False
    switch = node.value.get("enabled")
    return switch is None or bool(switch.value)


def list_enabled_items(node: Node | None) -> list[tuple[str, Node]]:
    """Return the enabled mappings below `node` in the order of their keys, as Go's `range` does."""
    return (
        [] if node is None else [(name, item) for name, item in sorted(node.map.items()) if is_enabled(item)]
    )


def make_node(value: object, origin: Node) -> Node:
    """Return plain data, which may hold Nodes, as Nodes that point at the place of `origin`.

    Raises TypeError for what is no YAML value.
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
    """Return a chart's defaults with the user's values over them, as in Helm: a null removes a default."""
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
    """Return sprig's `merge`: what `first` has wins unless it is empty, all the way down."""
    if not isinstance(first.value, dict) or not isinstance(second.value, dict):
        return second if is_empty(first) else first
    result = dict(first.value)
    for key, other in second.value.items():
        own = result.get(key)
        result[key] = other if own is None else merge_values(own, other)
    return Node.make(result, first)


def merge_maps(maps: Iterable[Node | None]) -> dict[str, Node]:
    """Return flat mappings merged as sprig's `merge` does: of each key the first value that is not empty."""
    result: dict[str, Node] = {}
    for node in maps:
        for key, value in node.map.items() if node is not None else ():
            if is_empty(result.get(key)):
                result[key] = value
    return result


def sort_by_dependency(graph: Mapping[str, Node | None]) -> list[str]:
    """Return the names in the chart's order: of those whose `dependsOn` is done, the alphabetically first.

    graph: each name's `dependsOn`, a name or a list of them, or None. Raises UnknownChart where they depend
    on each other or on a name that is not there; Helm refuses that too.
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
            raise UnknownChart(f"dependsOn of {', '.join(names)} is circular or names what is not there")
        order.append(ready)
        names.remove(ready)
        for others in waiting.values():
            others.discard(ready)
    return order
