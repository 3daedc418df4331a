"""Finds applied objects by kind, namespace and name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, cast

from vpnlint.files.node_configs import PodNetwork
from vpnlint.gitops.helm_release.merge import read_values
from vpnlint.source.node import Node

Kept = TypeVar("Kept")


class Objects:
    """Applied objects, after kustomize, patches and substitution; each Node knows where it was written."""

    def __init__(
        self,
        roots: Iterable[Node],
        pod_networks: Sequence[PodNetwork] = (),
        releases: Sequence[Node] = (),
    ) -> None:
        """Take the objects, and what stands beside them.

        pod_networks: those that the configuration of nodes names. releases: the charts that Applications and
        kustomizations install, in the form of HelmReleases.
        """
        self.pod_networks = pod_networks
        self.releases = releases
        self._by_kind: dict[str, list[Node]] = {}
        self._values: dict[int, tuple[Node, Node]] = {}
        self._again = 0
        self._kept: dict[str, object] = {}
        for root in roots:
            self._by_kind.setdefault(root.text_at("kind"), []).append(root)

    def with_more(self, roots: Iterable[Node]) -> Objects:
        """Return these objects with more after them."""
        more = Objects(roots, self.pod_networks, self.releases)
        for kind, own in self._by_kind.items():
            more._by_kind[kind] = [*own, *more._by_kind.get(kind, [])]
        return more

    def of_kind(self, kind: str) -> list[Node]:
        """Return the objects of a kind, in the order in which they are applied."""
        return self._by_kind.get(kind, [])

    def find(self, kind: str, namespace: str, name: str) -> Node | None:
        """Return the first object of a kind and name that may be in a namespace, or None."""
        for root in self.of_kind(kind):
            if root.text_at("metadata", "name") == name and may_be_in_namespace(root, namespace):
                return root
        return None

    def keep(self, name: str, find: Callable[[], Kept]) -> Kept:
        """Return what `find` returns about these objects as a whole, found once for all workloads."""
        if name not in self._kept:
            self._kept[name] = find()
        return cast(Kept, self._kept[name])

    def read_values(self, data: Node) -> Node:
        """Return the values of a chart in one of the objects' texts, which is read once.

        Raises InputError if it is not a mapping, or if such texts are used far too often.
        """
        kept = self._values.get(id(data))
        if kept is None:
            kept = self._values[id(data)] = data, read_values(data)
        else:
            self._again += len(data.text)
            if self._again > _MOST_AGAIN:
                raise data.error("is used more often than by any real repository; this is left out")
        return kept[1]


def may_be_in_namespace(root: Node, namespace: str) -> bool:
    """Tell whether an object may be in a namespace.

    It may be unless both namespaces are known and differ: whoever applies an object without one chooses it.
    """
    return not namespace or root.text_at("metadata", "namespace") in ("", namespace)


# How many characters of values may be used again, by releases that share them.
_MOST_AGAIN = 8 << 20
# The objects beside a Pod that is seen alone, as at admission.
NOTHING = Objects(())
