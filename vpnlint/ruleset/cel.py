"""CEL by Google's cel-cpp (cel-expr-python). Expressions are compiled once; an error is never a value."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from vpnlint.errors import RuleError
from vpnlint.ruleset.cel_text import split_cel
from vpnlint.ruleset.kept_expressions import KeptExpressions
from vpnlint.ruleset.stored_cel import strip_tables
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

VARIABLES = ("object", "catalog", "around", "pod", "it")
_POSITION = defer_pattern(r"<input>:(\d+):(\d+): ([^\n]*)")
_IMMORTAL = 1 << 40
_COMPREHENSIONS = ("all", "exists", "exists_one", "filter", "map")
_UNSHADOWED = ("pods", "pod", "it", "object", "variables")


class CompiledExpression:
    """A compiled CEL expression; its errors point at `source`, the Node that it was written in."""

    def __init__(self, engine: Engine, expression: str, source: Node) -> None:
        """Compile. Raises RuleError at the source where the expression is not valid CEL."""
        self.source = source
        try:
            self._compiled = engine.environment.compile(expression)
        except RuntimeError as error:
            raise _make_error(source, str(error), exact=expression == source.text) from error

    @classmethod
    def restored(cls, engine: Engine, stored: bytes, source: Node) -> CompiledExpression:
        """Return an expression that was compiled and stored before."""
        expression = cls.__new__(cls)
        expression.source = source
        expression._compiled = engine.environment.deserialize(stored)
        return expression

    @property
    def stored(self) -> bytes:
        """The compiled expression as bytes."""
        return strip_tables(bytes(self._compiled.serialize()))

    @property
    def may_be_bool(self) -> bool:
        """Whether the type checker finds that the result is a bool, or cannot tell before it runs."""
        return str(self._compiled.return_type()) in ("BOOL", "DYN")

    def evaluate(self, activation: cel.Activation) -> Any:  # noqa: ANN401  (a CEL value of any type)
        """Return the result as plain Python. Raises RuleError at the source where CEL ends in an error."""
        try:
            result = self._compiled.eval(activation)
            value = result.plain_value()
            failed = result.type() == cel.Type.ERROR or result.type() == cel.Type.UNKNOWN
        except MemoryError as error:
            raise RuleError(self.source.file, "takes too much memory", *self.source.span[1:3]) from error
        except RuntimeError as error:
            # Most errors come back as values; selecting a field of a value without fields raises.
            value, failed = error, True
        if failed:
            raise RuleError(self.source.file, f"cannot be evaluated: {value}", *self.source.span[1:3])
        return value


class Engine:
    """A CEL environment that knows the variables of the views and rules, and no others."""

    def __init__(self, variables: Iterable[str] = VARIABLES, kept: KeptExpressions | None = None) -> None:
        """Make the environment, in about a millisecond. kept: expressions compiled before."""
        _make_none_immortal()
        self.kept = kept or KeptExpressions()
        self.environment = cel.NewEnv(
            variables=dict.fromkeys(variables, cel.Type.DYN),
            extensions=[ext_optional.ExtOptional(), ext_strings.ExtStrings()],
        )

    def compile_kept(self, name: str, write: Callable[[], str], source: Node) -> CompiledExpression:
        """Return the expression that is kept under a name, or what `write` returns, compiled and kept.

        Raises RuleError at the source if it is not valid CEL.
        """
        stored = self.kept.get(name)
        if stored is not None:
            return CompiledExpression.restored(self, stored, source)
        compiled = CompiledExpression(self, write(), source)
        self.kept.add({name: compiled.stored})
        return compiled

    def make_activation(self, data: Mapping[str, Any]) -> cel.Activation:
        """Return the values of variables, converted once for any number of expressions."""
        return self.environment.Activation(data)

    def check_condition(self, source: Node, expression: str = "") -> None:
        """Compile a condition by itself, so that an error gets the condition's own position.

        expression is the whole that the condition is part of, if it is not CEL by itself. Raises RuleError
        where it is not valid CEL or not a condition.
        """
        text = str(source.value).lower() if isinstance(source.value, bool) else source.text
        if not CompiledExpression(self, expression or text, source).may_be_bool:
            raise _make_error(source, "must be a condition (true or false)")


def _make_none_immortal() -> None:
    """Keep None from being deallocated, as Python does from 3.12 on (PEP 683).

    cel-expr-python 0.1.3 gives a reference to None away for each null in a result and some for each
    environment; when none is left, the interpreter ends.
    """
    if sys.version_info < (3, 12) and sys.getrefcount(None) < _IMMORTAL:
        import ctypes

        ctypes.c_ssize_t.from_address(id(None)).value += _IMMORTAL


def check_shadowing(source: Node, names: Sequence[str] = ()) -> None:
    """Raise RuleError where a comprehension's variable shadows `it`, `pod` or one of the names.

    cel-cpp and cel-go silently resolve a shadowed name to different variables.
    """
    tokens = [token.text for token in split_cel(source.text) if token.kind != "space"]
    for place in range(len(tokens) - 3):
        called, opened, name, comma = tokens[place : place + 4]
        if called in _COMPREHENSIONS and (opened, comma) == ("(", ",") and name in (*_UNSHADOWED, *names):
            raise _make_error(source, f"a comprehension's variable must not be called {name}")


def _make_error(source: Node, message: str, *, exact: bool = False) -> RuleError:
    """Return an error at the source, or at the place that CEL names if it is the source's text."""
    line, column = source.span[1:3]
    match = _POSITION.search(message)
    if match:
        message = "not valid CEL: " + match[3].removesuffix(" (in container '')")
        if exact and source.place[0] == source.place[2]:
            column += int(match[2]) - 1
    return RuleError(source.file, message, line, column)
