"""Finds the values that the fields of a rendered object come from, by the texts that they share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from vpnlint.source.node import Node, Path
from vpnlint.source.scalars import format_helm_scalar

# A shorter text may be in a chart's defaults as well; a longer one is the user's own.
_TELLING = 4
_IMAGE = re.compile(r"(?P<name>[^@]+?)(?::(?P<tag>[^:@/]+))?(?:@(?P<digest>\S+))?")


class _Leaf(NamedTuple):
    path: Path
    node: Node
    names: frozenset[str]


class Origins:
    """The scalars of a release's values by their texts."""

    def __init__(self, values: Node, source: Node) -> None:
        """Take the values, and the Node to point at where no value fits."""
        self._values = values
        self._source = source
        self._leaves: dict[str, list[_Leaf]] = {}
        self._collect(values, (), frozenset())

    def place(self, root: Node) -> Node:
        """Return a rendered object with every Node at its origin.

        A scalar points at the one value with its text; a list or a mapping at the part of the values that
        holds the origins of everything in it.
        """
        return self._place(root, frozenset())[0]

    def _collect(self, node: Node, path: Path, names: frozenset[str]) -> None:
        value = node.value
        if isinstance(value, dict):
            own = _read_item_names(node)
            for key, child in value.items():
                self._collect(child, (*path, key), frozenset((key, *own)))
        elif isinstance(value, list):
            for index, child in enumerate(value):
                self._collect(child, (*path, index), names)
        else:
            self._leaves.setdefault(format_helm_scalar(value), []).append(_Leaf(path, node, names))

    def _place(self, node: Node, names: frozenset[str]) -> tuple[Node, Path | None]:
        """Return a rendered Node at its origin, and the path of that origin in the values."""
        value = node.value
        if isinstance(value, dict):
            own = _read_item_names(node)
            below = {key: self._place(child, frozenset((key, *own))) for key, child in value.items()}
            path = _find_common_path([path for _, path in below.values()])
            return Node.made({key: child for key, (child, _) in below.items()}, self._find_place(path)), path
        if isinstance(value, list):
            items = [self._place(child, names) for child in value]
            path = _find_common_path([path for _, path in items])
            return Node.made([child for child, _ in items], self._find_place(path)), path
        leaf = self._find_leaf(format_helm_scalar(value), names)
        if leaf is None and "image" in names and isinstance(value, str):
            leaf = self._find_image_leaf(value)
        if leaf is None:
            return Node.made(value, self._source), None
        return Node.made(value, leaf.node), leaf.path

    def _find_leaf(self, text: str, names: frozenset[str]) -> _Leaf | None:
        """Return the one value with this text; of several, the one with the same key or item name."""
        leaves = self._leaves.get(text, [])
        best = max((len(leaf.names & names) for leaf in leaves), default=0)
        if not best and len(text) < _TELLING:
            return None
        fitting = [leaf for leaf in leaves if len(leaf.names & names) == best]
        return fitting[0] if len(fitting) == 1 else None

    def _find_image_leaf(self, image: str) -> _Leaf | None:
        """Return the value that holds an image's digest, tag or name, in this order."""
        match = _IMAGE.fullmatch(image)
        if match is None:
            return None
        for part in ("digest", "tag", "name"):
            leaf = self._find_leaf(match[part], frozenset((part, "repository"))) if match[part] else None
            if leaf is not None:
                return leaf
        return None

    def _find_place(self, path: Path | None) -> Node:
        # The values as a whole are no place of anything in particular.
        found = self._values.get(*path) if path else None
        return found if found is not None else self._source


def _read_item_names(node: Node) -> list[str]:
    """Return the name of a list's item, such as a variable: it serves as the item's key."""
    name = node.get("name")
    return [name.text] if name is not None and name.text and "value" in node.map else []


def _find_common_path(paths: Sequence[Path | None]) -> Path | None:
    """Return the longest path that all paths begin with; None where there is none at all."""
    found = [path for path in paths if path is not None]
    if not found:
        return None
    shortest = min(found, key=len)
    for index, step in enumerate(shortest):
        if any(path[index] != step for path in found):
            return shortest[:index]
    return shortest
