"""Changes fields of Nodes by making new Nodes; everything outside a change is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vpnlint.source.node import Node


def put_value(root: Node, path: Sequence[str], value: Node) -> Node:
    """Return the root with a value at a path of keys; missing mappings on the way are added."""
    if not path:
        return value
    child = root.get(path[0])
    below = child if child is not None else Node.make({}, value)
    return Node.make({**root.map, path[0]: put_value(below, path[1:], value)}, root)


def map_values(root: Node, path: Sequence[str], change: Callable[[Node], Node | None]) -> Node:
    """Return the root with every value at a path changed; `change` returns None to remove a value.

    A list on the way means each of its items, as in kustomize's field specs; `name[]` and `name` are the
    same. Missing fields are not added. If nothing changes, the root itself is returned.
    """
    if isinstance(root.value, list):
        items = [map_values(item, path, change) for item in root.value]
        same = all(new is old for new, old in zip(items, root.value, strict=True))
        return root if same else Node.make([*items], root)
    name = path[0].removesuffix("[]")
    child = root.get(name)
    if child is None:
        return root
    if len(path) > 1:
        result: Node | None = map_values(child, path[1:], change)
    elif isinstance(child.value, list):
        changed = [(item, change(item)) for item in child.value]
        same = all(new is old for old, new in changed)
        result = child if same else Node.make([new for _, new in changed if new is not None], child)
    else:
        result = change(child)
    if result is child:
        return root
    kept = {key: node for key, node in root.map.items() if key != name}
    return Node.make(kept if result is None else {**root.map, name: result}, root)


def map_strings(root: Node, change: Callable[[Node], Node]) -> Node:
    """Return the root with every string in it but the keys changed; the root itself if nothing changes."""
    value = root.value
    if isinstance(value, str):
        return change(root)
    if isinstance(value, dict):
        fields = {key: map_strings(child, change) for key, child in value.items()}
        same = all(fields[key] is child for key, child in value.items())
        return root if same else Node.make({**fields}, root)
    if isinstance(value, list):
        items = [map_strings(child, change) for child in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return root if same else Node.make([*items], root)
    return root


def move_node(node: Node, origin: Node) -> Node:
    """Return a copy of a Node, with everything in it at the place of another."""
    if isinstance(node.value, dict):
        return Node.make({key: move_node(child, origin) for key, child in node.value.items()}, origin)
    if isinstance(node.value, list):
        return Node.make([move_node(child, origin) for child in node.value], origin)
    return Node.make(node.value, origin)
