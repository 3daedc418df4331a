"""A view, evaluated variable by variable as in the cluster: a whole view is too deep for cel-cpp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.cel_text import replace_members
from vpnlint.source.node import Node

_GIVEN = ("object", "catalog", "around")


class CompiledView:
    """The variables of a view in CEL, each with the names of the variables that it needs."""

    def __init__(self, variables: Sequence[tuple[str, str]]) -> None:
        """Compile. Raises RuleError where an expression is not valid CEL."""
        self._engine = Engine((*_GIVEN, *(f"v_{name}" for name, _ in variables)))
        self._steps: list[tuple[str, CompiledExpression, frozenset[str]]] = []
        names = {name for name, _ in variables}
        for name, text in variables:
            needed: set[str] = set()

            def rename(member: str, needed: set[str] = needed) -> str:
                own = f"v_{member}" if member in names else member
                needed.add(own)
                return own

            expression = replace_members(text, "variables", rename)
            # The CEL of a view has no place in a file of the user's.
            source = Node.made({}, Node({}, f"the view's {name}", (0, 0, 0, 0)))
            compiled = CompiledExpression(self._engine, expression, source)
            self._steps.append((f"v_{name}", compiled, frozenset({*needed, "object"})))

    def pods(self, data: Mapping[str, Any]) -> list[Any]:
        """Return the Pods that the view sees in an object. Raises RuleError where CEL ends in an error.

        data holds `object`, `catalog` and `around` as plain data.
        """
        values = dict(data)
        for name, expression, needed in self._steps:
            activation = self._engine.activation({key: values[key] for key in needed})
            values[name] = expression.evaluate(activation)
        return list(values[self._steps[-1][0]])
