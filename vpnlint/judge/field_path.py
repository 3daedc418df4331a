"""Paths of rules within an object: keys and names of list items, separated by dots; a key may hold dots."""

from __future__ import annotations

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node

_SLASHES = 3


def names_object(path: str) -> bool:
    """Tell whether a path starts at another object than the workload's: `KIND/NAMESPACE/NAME/path`."""
    return path.count("/") >= _SLASHES


def find_object(path: str, objects: Objects) -> tuple[str, Node | None]:
    """Return the rest of a path that names an object, and the object; None if it is not among the objects."""
    kind, namespace, name, rest = path.split("/", _SLASHES)
    return rest, objects.find(kind, namespace, name)


def find_child(node: Node, path: str) -> tuple[str, Node] | None:
    """Return the key or item name that a path begins with, and the Node there; None if there is none.

    A list item without a name is known by its text.
    """
    for key, child in node.map.items():
        if path == key or path.startswith(f"{key}."):
            return key, child
    for item in node.list:
        name = (item.get("name") or item.get("mountPath") or item).scalar_text
        if name and (path == name or path.startswith(f"{name}.")):
            return name, item
    return None


def find_value(node: Node) -> Node:
    """Return the value of a variable; for anything else, the Node itself."""
    return (node.get("value") or node.get("valueFrom") or node) if "name" in node.map else node
