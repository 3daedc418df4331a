"""The objects that are applied, to be found by kind, namespace and name."""

from __future__ import annotations

from collections.abc import Iterable

from vpnlint.source.node import Node


class Objects:
    """Applied objects (after kustomize, patches and substitution), each Node knowing where it was written."""

    def __init__(self, roots: Iterable[Node]) -> None:
        """Take the objects."""
        self._by_kind: dict[str, list[Node]] = {}
        for root in roots:
            self._by_kind.setdefault(root.text_at("kind"), []).append(root)

    def with_more(self, roots: Iterable[Node]) -> Objects:
        """Return these objects with more after them."""
        more = Objects(roots)
        for kind, own in self._by_kind.items():
            more._by_kind[kind] = [*own, *more._by_kind.get(kind, [])]
        return more

    def of_kind(self, kind: str) -> list[Node]:
        """Return the objects of a kind, in the order in which they are applied."""
        return self._by_kind.get(kind, [])

    def find(self, kind: str, namespace: str, name: str) -> Node | None:
        """Return the object of a kind and name in a namespace, or None; without a namespace it fits any."""
        for root in self.of_kind(kind):
            own = root.text_at("metadata", "namespace")
            if root.text_at("metadata", "name") == name and (not own or not namespace or own == namespace):
                return root
        return None


# What a Pod that is seen alone, as at admission, is applied with.
NOTHING = Objects(())
