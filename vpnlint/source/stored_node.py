"""Converts Nodes of vpnlint's own files to plain data, which the cache keeps between runs, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from vpnlint.source.node import Node

# The value (with the children of a mapping or a list stored alike), its place, and its key's place or None.
Stored: TypeAlias = tuple[Any, tuple[int, int, int, int], tuple[int, int, int, int] | None]


def store_node(node: Node) -> Stored:
    """Return a Node and everything below it as plain data."""
    value: Any = node.value
    if isinstance(value, dict):
        value = {name: store_node(child) for name, child in value.items()}
    elif isinstance(value, list):
        value = [store_node(child) for child in value]
    place, head = node.span[1:], node.head[1:]
    return value, place, head if node.keyed else None


def restore_node(stored: Stored, file: str) -> Node:
    """Return the Node that was stored; it makes its children when first asked for them."""
    return _Restored(stored, file, None, None)


class _Restored(Node):
    """A Node that makes its value when first asked for it."""

    __slots__ = ("_stored",)

    def __init__(self, stored: Stored, file: str, parent: Node | None, name: str | int | None) -> None:
        self._stored, self.place, self._head = stored
        self.file = file
        self.parent = parent
        self.name = name

    if not TYPE_CHECKING:  # a checker would take every attribute for defined

        def __getattr__(self, name: str) -> object:
            """Fill in the value if it is still empty."""
            if name != "value":
                raise AttributeError(name)
            value = self._stored
            if isinstance(value, dict):
                value = {key: _Restored(child, self.file, self, key) for key, child in value.items()}
            elif isinstance(value, list):
                value = [_Restored(child, self.file, self, index) for index, child in enumerate(value)]
            self.value = value
            return value
