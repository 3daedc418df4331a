"""Renders templates that may call each other, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from vpnlint.source.go_template.data import Value, format_value
from vpnlint.source.go_template.dialects import Dialect
from vpnlint.source.go_template.fill import Filling
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.parts import Block, Part
from vpnlint.source.go_template.syntax import parse_template

_MAX_CALLS = 30
# Pays for a number of steps and characters; raises InputError if the budget is exceeded.
Pay: TypeAlias = Callable[[int, int], None]


class Renderer:
    """Renders the templates of one dialect."""

    def __init__(
        self, dialect: Dialect, pay: Pay, functions: Mapping[str, Callable[..., Value]] | None = None
    ) -> None:
        """Prepare for a dialect. functions: more functions than the dialect has."""
        self._dialect = dialect
        self._pay = pay
        self._functions = {**dialect.functions, **(functions or {})}
        if dialect.calls_templates:
            self._functions |= {"include": self._include, "tpl": self._evaluate}
        self._named: dict[str, Sequence[Part]] = {}
        self._calls = 0

    def define(self, name: str, parts: Sequence[Part]) -> None:
        """Let templates call these parts by this name."""
        self._named[name] = parts

    def parse(self, text: str) -> tuple[Part, ...]:
        """Return the parts of a template, and let all templates call those that it defines.

        Raises Undecidable if Go refuses the template.
        """
        parts = parse_template(text, *self._dialect.delimiters)
        for part in parts:
            if isinstance(part, Block) and part.keyword in ("define", "block"):
                self.define(str(part.pipeline[0][0].value), part.body)
        return parts

    def render(self, text: str, data: object) -> str:
        """Return a template filled in with data. Raises Undecidable if the result is unknown."""
        return self.fill(self.parse(text), data)

    def fill(self, parts: Sequence[Part], data: object) -> str:
        """Return the parts of a template filled in with data. Raises Undecidable if the result is unknown."""
        if self._calls >= _MAX_CALLS:
            raise Undecidable(f"its templates call each other more than {_MAX_CALLS} times")
        self._calls += 1
        try:
            filling = Filling(self._pay, self._functions, self._include, is_strict=self._dialect.is_strict)
            return filling.fill(parts, data)
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
            if isinstance(error, Undecidable):
                raise
            raise Undecidable(f"a function refuses its arguments ({error})") from error
        finally:
            self._calls -= 1

    def _include(self, name: str, data: object = None) -> str:
        if name not in self._named:
            raise Undecidable(f"the template {name} is not in the repository")
        return self.fill(self._named[name], data)

    def _evaluate(self, text: object, data: object) -> str:
        return self.render(format_value(text), data)
