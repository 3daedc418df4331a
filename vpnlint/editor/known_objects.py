"""Objects made from other objects, remembered between two runs in one repository.

Nodes are immutable, so the same Nodes always give the same result. Each entry keeps a reference to its source
Nodes, so that their ids stay unique.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from vpnlint.errors import InputError
from vpnlint.gitops.flux.resource_set import expand_resource_set
from vpnlint.gitops.flux.substitute import Variables, substitute_variables
from vpnlint.source.budget import Budget
from vpnlint.source.node import Node

_Made = TypeVar("_Made")


class KnownObjects:
    """Replaces variables and expands ResourceSets; remembers each result until a run does not use it.

    Errors are not remembered.
    """

    def __init__(self) -> None:
        """Start with nothing made."""
        self._known: dict[Hashable, tuple[tuple[Node, ...], Any]] = {}
        self._used: set[Hashable] = set()

    def substitute(self, root: Node, variables: Variables, budget: Budget | None) -> Node:
        """Return the object with its variables replaced (as substitute_variables)."""
        values, *options = variables
        return self._remember(
            (root, *values.values()),
            (*values, *options),
            lambda: substitute_variables(root, variables, budget),
        )

    def expand_set(
        self, node: Node, providers: Iterable[Node], budget: Budget
    ) -> tuple[list[Node], list[InputError]]:
        """Return the objects that a ResourceSet generates (as expand_resource_set)."""
        sources = (node, *providers)
        nodes, unknown = self._remember(
            sources, ("set",), lambda: expand_resource_set(node, sources[1:], budget)
        )
        return [*nodes], [*unknown]

    def end(self) -> None:
        """End a run: forget the results that it did not use."""
        self._known = {key: known for key, known in self._known.items() if key in self._used}
        self._used.clear()

    def _remember(
        self, sources: tuple[Node, ...], options: tuple[Hashable, ...], make: Callable[[], _Made]
    ) -> _Made:
        key = (*map(id, sources), options)
        if key not in self._known:
            self._known[key] = (sources, make())
        self._used.add(key)
        made: _Made = self._known[key][1]
        return made
