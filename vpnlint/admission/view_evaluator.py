"""A view evaluated here, variable by variable as the cluster does: what it sees in an object."""

from __future__ import annotations

import re
from typing import Any

from vpnlint.admission.check import concerns
from vpnlint.admission.views import View
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.cel import Engine, Program
from vpnlint.source.node import Node
from vpnlint.surroundings import NONE

_VARIABLES = re.compile(r"\bvariables\.(\w+)")
_GIVEN = ("object", "catalog", "around")


class Offline:
    """A view, compiled once. Raises RuleError where an expression is not valid CEL."""

    def __init__(self, view: View, catalog: Catalog) -> None:
        """Take the view, and the catalogue that it looks things up in."""
        # What the CEL of a view is wrong in has no place in a file of the user's.
        source = Node.made({}, Node({}, f"the {view.subject} view", (0, 0, 0, 0)))
        self._engine = Engine((*_GIVEN, *(name for name, _ in view.variables)))
        self._catalog = catalog.constant
        self._concerns = Program(self._engine, concerns(view, catalog), source)
        self._programs = [
            (name, Program(self._engine, _VARIABLES.sub(r"\1", text), source))
            for name, text in view.variables
        ]

    def concerns(self, document: dict[str, Any]) -> bool:
        """Tell whether a plain Kubernetes object is judged at all. Raises RuleError where CEL ends in an error."""
        return bool(self._concerns.evaluate(self._engine.activation({"object": document})))

    def pods(self, document: dict[str, Any]) -> list[Any]:
        """Return the Pods that the view sees in a plain object. Raises RuleError where CEL ends in an error."""
        values: dict[str, Any] = {"object": document, "catalog": self._catalog, "around": NONE}
        for name, program in self._programs:
            values[name] = program.evaluate(self._engine.activation(values))
        return list(values["pods"])
