"""Turns a rule's path within a Pod into the Node that a person must edit, and the span to underline."""

from __future__ import annotations

from collections.abc import Iterable

from vpnlint.gitops.objects import Objects
from vpnlint.source.document import find_line
from vpnlint.source.node import Node, Span
from vpnlint.workloads.workload import Workload

_SLASHES = 3


def find_place(workload: Workload, container: str | None, wanted: Iterable[str], objects: Objects) -> Node:
    """Return the Node at the first wanted path that exists, else the container, else the workload's name.

    A path is relative to the container with that name, or to the Pod if container is None. It consists of
    keys and names of list items, separated by dots (`env.TZ`, `resources.limits`); a key may itself hold
    dots. A path with slashes starts at another object, `KIND/NAMESPACE/NAME/path`, and `#KEY` at its end is
    the line of a text that sets the key. Empty paths are skipped.
    """
    base = workload.template or workload.source
    for node in workload.containers:
        name = node.get("name")
        if container is not None and name is not None and name.value == container:
            base = node
    for path in filter(None, wanted):
        found = _elsewhere(path, objects) if path.count("/") >= _SLASHES else _follow(base, path)
        if found is not None:
            return found
    if container is None:
        return workload.source.get("metadata", "name") or workload.source
    return base if base.keyed else base.get("name") or base


def find_underlined(node: Node) -> Span:
    """Return the span to underline: a value on one line, otherwise the key above it."""
    span = node.span
    return node.head if node.map or span.line != span.end_line else span


def _elsewhere(path: str, objects: Objects) -> Node | None:
    kind, namespace, name, rest = path.split("/", _SLASHES)
    root = objects.find(kind, namespace, name)
    rest, _, key = rest.partition("#")
    found = _follow(root, rest) if root is not None else None
    return (find_line(found, key) or found) if found is not None and key else found


def _follow(node: Node, path: str) -> Node | None:
    if not path:
        value = node.get("value") or node.get("valueFrom")
        return value if value is not None and "name" in node.map else node
    for key, child in node.map.items():
        if path == key or path.startswith(f"{key}."):
            return _follow(child, path[len(key) + 1 :])
    for item in node.list:
        name = item.get("name") or item.get("mountPath")
        if name is not None and (path == name.value or path.startswith(f"{name.value}.")):
            return _follow(item, path[len(str(name.value)) + 1 :])
    return None
