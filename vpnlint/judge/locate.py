"""Turns a rule's path within a Pod into the Node that a person must edit, and the span to underline."""

from __future__ import annotations

from collections.abc import Iterable

from vpnlint.gitops.objects import Objects
from vpnlint.judge.field_path import find_child, find_object, find_value, names_object
from vpnlint.source.document import find_line
from vpnlint.source.node import Node, Span
from vpnlint.workloads.workload import Workload

_TOP = (1, 1)
# The keys of values by which a container is known.
_IMAGE = ("image", "repository")


def find_place(workload: Workload, container: str | None, wanted: Iterable[str], objects: Objects) -> Node:
    """Return the Node at the first wanted path that exists, else the container, else the workload's name.

    A path is relative to the container with that name, or to the Pod if container is None. It consists of
    keys and names of list items, separated by dots (`env.TZ`, `resources.limits`); a key may itself hold
    dots. A path with slashes starts at another object, `KIND/NAMESPACE/NAME/path`, and `#KEY` at its end is
    the line of a text that sets the key. Empty paths are skipped.
    """
    base = workload.template or workload.source
    for item in workload.containers:
        name = item.get("name")
        if container is not None and name is not None and name.value == container:
            base = item
    for path in filter(None, wanted):
        node = _find_elsewhere(path, objects) if names_object(path) else _follow_path(base, path)
        if node is not None and not (container is not None and _tells_more(base, node)):
            return node
    if container is None:
        return workload.source.get("metadata", "name") or workload.source
    return base if base.keyed else base.get("name") or base


def _tells_more(container: Node, node: Node) -> bool:
    """Tell whether a container's place says more than that of a part of it, which has no line of its own.

    What a chart's template makes of its actions stands at the template's top.
    """
    if node.place[:2] != _TOP or container.place[:2] == _TOP:
        return False
    return container.file == node.file or container.name in _IMAGE


def find_underlined(node: Node) -> Span:
    """Return the span to underline: a value on one line, otherwise the key above it."""
    span = node.span
    return node.head if node.map or span.line != span.end_line else span


def _find_elsewhere(path: str, objects: Objects) -> Node | None:
    rest, root = find_object(path, objects)
    rest, _, key = rest.partition("#")
    node = _follow_path(root, rest) if root is not None else None
    return (find_line(node, key) or node) if node is not None and key else node


def _follow_path(node: Node, path: str) -> Node | None:
    while path:
        child = find_child(node, path)
        if child is None:
            return None
        key, node = child
        path = path[len(key) + 1 :]
    return find_value(node)
