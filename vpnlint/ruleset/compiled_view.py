"""A view in CEL, evaluated part by part; as one expression it is too deep for cel-cpp."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.view_parts import GIVEN, join_variables
from vpnlint.source.node import Node

# A part as plain data: its expression, the variables that it needs and those that it makes.
_Stored: TypeAlias = tuple[bytes, Sequence[str], Sequence[str]]


class _CompiledPart(NamedTuple):
    expression: CompiledExpression
    needs: Sequence[str]
    makes: Sequence[str]


class CompiledView:
    """The parts of a view, compiled; the last of its variables is the Pods."""

    def __init__(self, variables: Sequence[tuple[str, str]], apart: Collection[str]) -> None:
        """Compile. apart: the variables that begin a part.

        Raises RuleError where an expression is not valid CEL.
        """
        names = [name for name, _ in variables]
        self._engine = Engine((*GIVEN, *(f"v_{name}" for name in names)))
        self._parts = [
            _CompiledPart(
                CompiledExpression(self._engine, part.expression, _make_place(part.makes)),
                part.needs,
                part.makes,
            )
            for part in join_variables(variables, apart)
        ]

    @classmethod
    def restored(cls, stored: Sequence[_Stored]) -> CompiledView:
        """Return the view that was stored before."""
        view = cls.__new__(cls)
        view._engine = Engine((*GIVEN, *(f"v_{name}" for _, _, makes in stored for name in makes)))
        view._parts = [
            _CompiledPart(CompiledExpression.restored(view._engine, data, _make_place(makes)), needs, makes)
            for data, needs, makes in stored
        ]
        return view

    @property
    def stored(self) -> list[_Stored]:
        """The view as plain data."""
        return [(part.expression.stored, part.needs, part.makes) for part in self._parts]

    def find_pods(self, data: Mapping[str, Any]) -> list[Any]:
        """Return the Pods that the view sees in an object. Raises RuleError where CEL ends in an error.

        data holds `object`, `catalog` and `around` as plain data.
        """
        values = dict(data)
        for part in self._parts:
            needed = {name if name in GIVEN else f"v_{name}": values[name] for name in part.needs}
            result = part.expression.evaluate(self._engine.make_activation(needed))
            values.update(result if len(part.makes) > 1 else {part.makes[0]: result})
        return list(values[self._parts[-1].makes[-1]])


def _make_place(names: Sequence[str]) -> Node:
    """Return the place of the variables' CEL for errors: it is in no file of the user's."""
    return Node({}, f"the view's {', '.join(names)}", (0, 0, 0, 0))
