"""JSON 6902 patches on Nodes (RFC 6902), as kustomize applies them.

Added values point at the patch's own line.
"""

from __future__ import annotations

from vpnlint.errors import InputError
from vpnlint.gitops.kustomize.field_path import check_steps
from vpnlint.source.budget import measure_object
from vpnlint.source.compose import MAX_NODES
from vpnlint.source.node import Node

_END = "-"
_GROWING = ("add", "copy", "move", "replace")


def apply_json_patch(target: Node, operations: Node) -> Node:
    """Return the target after the operations (a list Node), in their order.

    Raises InputError at the operation that cannot be carried out; kustomize fails the whole build then.
    """
    added = 0
    for operation in operations.list:
        path = _read_pointer(operation, "path")
        if operation.text_at("op") in _GROWING:
            # A copy of the whole doubles the object each time, and a path may nest it ever deeper.
            source = _read_pointer(operation, "from") if "from" in operation.map else None
            value = operation.get("value") if source is None else _find_value(target, source, operation)
            added += measure_object(value, operation, len(path)) if value is not None else 0
            if added > MAX_NODES:
                raise operation.error(f"adds more than {MAX_NODES:,} values to an object")
        target = _apply_operation(target, operation, path)
    return target


def _apply_operation(target: Node, operation: Node, path: list[str]) -> Node:
    name = operation.text_at("op")
    if name == "remove":
        return _change_node(target, path, None, operation)
    if name in ("add", "replace"):
        value = operation.get("value")
        value = value if value is not None else Node.make(None, operation)
        return _change_node(target, path, value, operation, replace=name == "replace")
    if name in ("move", "copy"):
        source = _read_pointer(operation, "from")
        value = _find_value(target, source, operation)
        if name == "move":
            target = _change_node(target, source, None, operation)
        return _change_node(target, path, value, operation)
    if name == "test":
        found, wanted = _find_value(target, path, operation), operation.get("value")
        if found.to_plain() != (wanted.to_plain() if wanted is not None else None):
            raise operation.error("the test in this JSON patch fails")
        return target
    raise operation.error(f"{name!r} is not a JSON patch operation (add, remove, replace, move, copy, test)")


def _change_node(
    node: Node, path: list[str], value: Node | None, operation: Node, *, replace: bool = False
) -> Node:
    """Return the node with a value set at a path, inserted into a list, or removed (None)."""
    if not path:
        if value is None:
            raise operation.error("a JSON patch cannot remove the whole object")
        return value
    step, rest = path[0], path[1:]
    if isinstance(node.value, dict):
        children = dict(node.value)
        if rest:
            if step not in children:
                raise _make_missing_error(operation, len(rest))
            children[step] = _change_node(children[step], rest, value, operation, replace=replace)
        elif value is not None:
            # Kustomize's `replace` adds a key that is not there (evanphx/json-patch v4.13.0, partialDoc.get).
            children[step] = value
        elif step in children:
            del children[step]
        else:
            raise _make_missing_error(operation)
        return Node.make(children, node)
    if isinstance(node.value, list):
        items = list(node.value)
        adds = not rest and value is not None and not replace
        index = _read_index(step, len(items), operation, end=adds)
        if rest:
            items[index] = _change_node(items[index], rest, value, operation, replace=replace)
        elif value is None:
            del items[index]
        elif replace:
            items[index] = value
        else:
            items.insert(index, value)
        return Node.make([*items], node)
    raise _make_missing_error(operation)


def _find_value(node: Node, path: list[str], operation: Node) -> Node:
    for step in path:
        child = node.get(_read_index(step, len(node.list), operation)) if node.list else node.get(step)
        if child is None:
            raise _make_missing_error(operation)
        node = child
    return node


def _read_index(step: str, size: int, operation: Node, *, end: bool = False) -> int:
    if end and step == _END:
        return size
    # An index below zero counts from the end (evanphx/json-patch, SupportNegativeIndices).
    index = read_list_index(step.removeprefix("-"), size + end + 1)
    if (
        index is None
        or not -(size + end) <= (index := -index if step.startswith("-") else index) < size + end
    ):
        raise _make_missing_error(operation)
    return index if index >= 0 else index + size + end


def read_list_index(step: str, size: int) -> int | None:
    """Return a step of a path as an index into a list of that size; None if it is not one.

    The length of a number is checked first: Python refuses to read thousands of digits.
    """
    if not (step.isascii() and step.isdecimal()) or len(step.lstrip("0")) > len(str(size)):
        return None
    index = int(step[-len(str(size)) :])
    return index if index < size else None


def _read_pointer(operation: Node, key: str) -> list[str]:
    """Return the steps of a JSON pointer (RFC 6901)."""
    steps = operation.text_at(key).split("/")[1:]
    check_steps(steps, operation, "a JSON pointer")
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def _make_missing_error(operation: Node, below: int = 0) -> InputError:
    """Return the error that a path leads nowhere. below: how many steps follow on the one that is missing."""
    steps = operation.text_at("path").split("/")
    missing = "/".join(steps[: len(steps) - below])
    return operation.error(f"this JSON patch fails: there is nothing at {missing}")
