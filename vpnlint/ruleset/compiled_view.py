"""A view, evaluated variable by variable as in the cluster; as one expression it is too deep for cel-cpp."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.cel_text import replace_members
from vpnlint.source.node import Node

_GIVEN = ("object", "catalog", "around")
_Step: TypeAlias = tuple[str, CompiledExpression, frozenset[str]]


class CompiledView:
    """The variables of a view in CEL, each with the names of the variables that it needs."""

    def __init__(self, variables: Sequence[tuple[str, str]]) -> None:
        """Compile. Raises RuleError where an expression is not valid CEL."""
        self._engine = Engine((*_GIVEN, *(f"v_{name}" for name, _ in variables)))
        self._steps: list[_Step] = []
        names = {name for name, _ in variables}
        for name, text in variables:
            needed: set[str] = set()

            def rename(member: str, needed: set[str] = needed) -> str:
                own = f"v_{member}" if member in names else member
                needed.add(own)
                return own

            expression = replace_members(text, "variables", rename)
            compiled = CompiledExpression(self._engine, expression, _place(name))
            self._steps.append((f"v_{name}", compiled, frozenset({*needed, "object"})))

    @classmethod
    def restored(cls, stored: Sequence[tuple[str, bytes, Iterable[str]]]) -> CompiledView:
        """Return the view that was stored before."""
        view = cls.__new__(cls)
        view._engine = Engine((*_GIVEN, *(name for name, _, _ in stored)))
        view._steps = [
            (name, CompiledExpression.restored(view._engine, data, _place(name[2:])), frozenset(needed))
            for name, data, needed in stored
        ]
        return view

    @property
    def stored(self) -> list[tuple[str, bytes, list[str]]]:
        """The view as plain data."""
        return [(name, expression.stored, sorted(needed)) for name, expression, needed in self._steps]

    def find_pods(self, data: Mapping[str, Any]) -> list[Any]:
        """Return the Pods that the view sees in an object. Raises RuleError where CEL ends in an error.

        data holds `object`, `catalog` and `around` as plain data.
        """
        values = dict(data)
        for name, expression, needed in self._steps:
            activation = self._engine.make_activation({key: values[key] for key in needed})
            values[name] = expression.evaluate(activation)
        return list(values[self._steps[-1][0]])


def _place(name: str) -> Node:
    """Return where the CEL of a variable stands: in no file of the user's."""
    return Node({}, f"the view's {name}", (0, 0, 0, 0))
