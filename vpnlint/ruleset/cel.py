"""CEL, Google's cel-cpp by way of cel-expr-python: compile once, evaluate often, and never mistake an error for a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings

from vpnlint.errors import RuleError
from vpnlint.source.node import Node

_VARIABLES = re.compile(r"\bvariables\.(\w+)")
_POSITION = re.compile(r"<input>:(\d+):(\d+): ([^\n]*)")
_SHADOWING = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(\s*(pods?|it|object|variables)\s*,")


class Program:
    """A compiled expression; `source` is the Node it was written in, for what goes wrong with it."""

    def __init__(self, engine: Engine, expression: str, source: Node) -> None:
        """Compile. Raises RuleError at the source where the expression is not valid CEL."""
        self.source = source
        try:
            self._compiled = engine.environment.compile(expression)
        except RuntimeError as error:
            raise _error(source, str(error), exact=expression == source.text) from error

    @property
    def may_be_bool(self) -> bool:
        """Tell whether the type checker takes the result for a bool (or can't tell before it runs)."""
        return str(self._compiled.return_type()) in ("BOOL", "DYN")

    def evaluate(self, activation: cel.Activation) -> Any:  # noqa: ANN401  (a CEL value of any type)
        """Return the result as plain Python. Raises RuleError at the source where CEL ends in an error."""
        try:
            result = self._compiled.eval(activation)
            value = result.plain_value()
            failed = result.type() == cel.Type.ERROR or result.type() == cel.Type.UNKNOWN
        except RuntimeError as error:
            # Most errors come back as values; a field of what has no fields is raised.
            value, failed = error, True
        if failed:
            raise RuleError(self.source.file, f"cannot be evaluated: {value}", *self.source.span[1:3])
        return value


class Engine:
    """A CEL environment with the variables of the views and rules, and no others."""

    def __init__(
        self, variables: Iterable[str] = ("object", "catalog", "around", "pods", "pod", "it", "answer")
    ) -> None:
        """Make the environment; it takes about a millisecond."""
        self.environment = cel.NewEnv(
            variables=dict.fromkeys(variables, cel.Type.DYN),
            extensions=[ext_optional.ExtOptional(), ext_strings.ExtStrings(), ext_bindings.ExtBindings()],
        )

    def activation(self, data: Mapping[str, Any]) -> cel.Activation:
        """Return values for variables, converted once for any number of programs."""
        return self.environment.Activation(data)

    def check(self, source: Node, expression: str = "") -> None:
        """Compile a condition of a rule by itself, so that an error has its own position.

        expression is what the condition stands in where it is not CEL by itself. Raises RuleError where it is not CEL, not a condition, or hides `it` or `pod` behind a variable of its own,
        which the cluster and vpnlint would read differently without a word.
        """
        if _SHADOWING.search(source.text):
            raise _error(source, "a comprehension's variable must not be called pod, it, object or variables")
        text = str(source.value).lower() if isinstance(source.value, bool) else source.text
        if not Program(self, expression or text, source).may_be_bool:
            raise _error(source, "must be a condition (true or false)")


def chain(variables: list[tuple[str, str]]) -> str:
    """Return one expression that evaluates to the last of a view's variables, each computed at most once.

    The cluster evaluates `variables.NAME` lazily and once; cel.bind does the same.
    """
    names = {name for name, _ in variables}

    def local(match: re.Match[str]) -> str:
        return f"v_{match[1]}" if match[1] in names else match[1]

    text = f"v_{variables[-1][0]}"
    for name, expression in reversed(variables):
        text = f"cel.bind(v_{name}, {_VARIABLES.sub(local, expression)}, {text})"
    return text


def _error(source: Node, message: str, *, exact: bool = False) -> RuleError:
    """Return an error at the source, or where CEL names a place in it and it stands there to the letter, at that place."""
    line, column = source.span[1:3]
    match = _POSITION.search(message)
    if match:
        message = "not valid CEL: " + match[3].removesuffix(" (in container '')")
        if exact and source.place[0] == source.place[2]:
            column += int(match[2]) - 1
    return RuleError(source.file, message, line, column)
