"""A view evaluated here, variable by variable as the cluster does: what it sees in an object."""

from __future__ import annotations

import re
from typing import Any

from vpnlint.cel import Engine, Program
from vpnlint.kyverno.views import View
from vpnlint.node import Node
from vpnlint.surroundings import NONE

_VARIABLES = re.compile(r"\bvariables\.(\w+)")
_GIVEN = ("object", "catalog", "around")


class Offline:
    """A view, compiled once. Raises RuleError where an expression is not valid CEL."""

    def __init__(self, view: View, source: Node) -> None:
        """Take the view, and the Node that stands for it in errors."""
        self._engine = Engine((*_GIVEN, *(name for name, _ in view.variables)))
        self._programs = [
            (name, Program(self._engine, _VARIABLES.sub(r"\1", text), source))
            for name, text in view.variables
        ]

    def pods(self, document: dict[str, Any], catalog: dict[str, Any]) -> list[Any]:
        """Return the Pods that the view sees in a plain Kubernetes object. Raises RuleError where CEL ends in an error."""
        values: dict[str, Any] = {"object": document, "catalog": catalog, "around": NONE}
        for name, program in self._programs:
            values[name] = program.evaluate(self._engine.activation(values))
        return list(values["pods"])
