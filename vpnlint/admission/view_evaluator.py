"""Evaluates a view offline on a single object, as a cluster would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.admission.check import make_client_condition
from vpnlint.admission.views import View
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.compiled_view import CompiledView
from vpnlint.source.node import Node
from vpnlint.surroundings import NO_SURROUNDINGS

# So many variables are one expression. cel-cpp parses no more than 32 levels; of one that is too deep, the
# constructor says so.
_TOGETHER = 6


class Offline:
    """A view, compiled once. Raises RuleError where an expression is not valid CEL."""

    def __init__(self, view: View, catalog: Catalog) -> None:
        """Take the view and the catalogue."""
        source = Node.make({}, Node({}, f"the {view.subject} view", (0, 0, 0, 0)))
        self._engine = Engine(("object",))
        self._catalog = catalog
        self._concerns = CompiledExpression(self._engine, make_client_condition(view, catalog), source)
        names = [name for name, _ in view.variables]
        self._view = CompiledView(view.variables, names[::_TOGETHER])

    def concerns(self, document: dict[str, Any]) -> bool:
        """Tell whether the view applies to a plain object. Raises RuleError if CEL ends in an error."""
        return bool(self._concerns.evaluate(self._engine.make_activation({"object": document})))

    def find_pods(self, document: dict[str, Any]) -> list[Any]:
        """Return the Pods that the view sees in a plain object. Raises RuleError if CEL ends in an error."""
        # An image is a text of the object, at most with a tag behind it.
        part = self._catalog.select_part(_list_texts(document))
        return self._view.find_pods({"object": document, "catalog": part, "around": NO_SURROUNDINGS})


def _list_texts(value: object) -> Iterator[str]:
    """Yield the texts in plain data, but for keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(item)
