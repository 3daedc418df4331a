"""Where the fields of a rendered object come from: the values that they show, as far as they show them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from vpnlint.source.node import Node, Path
from vpnlint.source.scalars import helm_quote

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
        """Take the values, and the Node that stands for whatever is in none of them."""
        self._values = values
        self._source = source
        self._leaves: dict[str, list[_Leaf]] = {}
        self._collect(values, (), frozenset())

    def placed(self, root: Node) -> Node:
        """Return a rendered object with every Node at its origin.

        A scalar stands at the one value that it shows; a list or a mapping at the part of the values that
        holds all of what was found in it.
        """
        return self._placed(root, frozenset())[0]

    def _collect(self, node: Node, path: Path, around: frozenset[str]) -> None:
        value = node.value
        if isinstance(value, dict):
            named = _item_names(node)
            for key, child in value.items():
                self._collect(child, (*path, key), frozenset((key, *named)))
        elif isinstance(value, list):
            for index, child in enumerate(value):
                self._collect(child, (*path, index), around)
        else:
            self._leaves.setdefault(helm_quote(value), []).append(_Leaf(path, node, around))

    def _placed(self, node: Node, around: frozenset[str]) -> tuple[Node, Path | None]:
        """Return a rendered Node at its origin, and the path in the values of what was found in it."""
        value = node.value
        if isinstance(value, dict):
            named = _item_names(node)
            below = {key: self._placed(child, frozenset((key, *named))) for key, child in value.items()}
            path = _common([path for _, path in below.values()])
            return Node.made({key: child for key, (child, _) in below.items()}, self._at(path)), path
        if isinstance(value, list):
            items = [self._placed(child, around) for child in value]
            path = _common([path for _, path in items])
            return Node.made([child for child, _ in items], self._at(path)), path
        leaf = self._leaf(helm_quote(value), around)
        if leaf is None and "image" in around and isinstance(value, str):
            leaf = self._image(value)
        if leaf is None:
            return Node.made(value, self._source), None
        return Node.made(value, leaf.node), leaf.path

    def _leaf(self, text: str, around: frozenset[str]) -> _Leaf | None:
        """Return the one value of that text.

        Of several, the one whose key, or whose item's name, is the same.
        """
        leaves = self._leaves.get(text, [])
        best = max((len(leaf.names & around) for leaf in leaves), default=0)
        if not best and len(text) < _TELLING:
            return None
        fitting = [leaf for leaf in leaves if len(leaf.names & around) == best]
        return fitting[0] if len(fitting) == 1 else None

    def _image(self, image: str) -> _Leaf | None:
        """Return the value that an image's digest, tag or name was written as, in this order."""
        match = _IMAGE.fullmatch(image)
        if match is None:
            return None
        for part in ("digest", "tag", "name"):
            leaf = self._leaf(match[part], frozenset((part, "repository"))) if match[part] else None
            if leaf is not None:
                return leaf
        return None

    def _at(self, path: Path | None) -> Node:
        # The values as a whole are no place of anything in particular.
        found = self._values.get(*path) if path else None
        return found if found is not None else self._source


def _item_names(node: Node) -> list[str]:
    """Return the name of a list's item, such as a variable's, which stands for a key."""
    name = node.get("name")
    return [name.text] if name is not None and name.text and "value" in node.map else []


def _common(paths: Sequence[Path | None]) -> Path | None:
    """Return the longest path that all paths begin with; None where there is none at all."""
    found = [path for path in paths if path is not None]
    if not found:
        return None
    shortest = min(found, key=len)
    for index, step in enumerate(shortest):
        if any(path[index] != step for path in found):
            return shortest[:index]
    return shortest
