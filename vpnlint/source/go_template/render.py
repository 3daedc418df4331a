"""A template and its data → text, as Go's text/template fills it in, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vpnlint.source.go_template.functions import FUNCTIONS, Value, as_text, check_text, is_true, measure_data
from vpnlint.source.go_template.syntax import Block, Operand, Part, Pipeline, Undecidable, parse_template

_MAX_CALLS = 30
# These pass data on to a template, and do nothing with it.
_WITH_DATA = ("include", "tpl")
# How many texts of the greatest length a function may be given at once, and how many values are measured in a
# step.
_MOST_ARGUMENTS = 4
_MEASURED = 50
# Pays for steps and characters; raises InputError where nothing is left.
Pay = Callable[[int, int], None]


class _Broken(Exception):
    """`break` or `continue`, on its way to the loop around it."""

    def __init__(self, keyword: str) -> None:
        self.keyword = keyword


class Renderer:
    """Fills templates in: those of one ResourceSet, ApplicationSet or chart."""

    def __init__(
        self,
        pay: Pay,
        functions: Mapping[str, Callable[..., Value]] | None = None,
        delimiters: tuple[str, str] = ("{{", "}}"),
        *,
        strict: bool = True,
    ) -> None:
        """Take what pays for the work, further functions, and whether a key that is not there is an error."""
        self._pay = pay
        self._functions: dict[str, Callable[..., Value]] = {
            **FUNCTIONS,
            "include": self._include,
            "tpl": self._tpl,
            **(functions or {}),
        }
        self._delimiters = delimiters
        self._strict = strict
        self._named: dict[str, list[Part]] = {}
        self._calls = 0

    def define(self, text: str) -> list[Part]:
        """Return the parts of a template, and take what it defines for all others. Raises Undecidable."""
        parts = parse_template(text, *self._delimiters)
        for part in parts:
            if isinstance(part, Block) and part.keyword in ("define", "block"):
                self._named[str(part.pipeline[0][0].value)] = part.body
        return parts

    def render(self, text: str, data: object) -> str:
        """Return the text that a template makes of data. Raises Undecidable where that cannot be told."""
        return self._fill(self.define(text), data)

    def _fill(self, parts: list[Part], data: object) -> str:
        if self._calls >= _MAX_CALLS:
            raise Undecidable(f"templates that call each other more than {_MAX_CALLS} times")
        self._calls += 1
        try:
            filling = _Filling(self._pay, self._functions, self._named, self._fill, strict=self._strict)
            return filling.run(parts, data, {"$": data})
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
            if isinstance(error, Undecidable):
                raise
            raise Undecidable(f"a function is given what it does not take ({error})") from error
        finally:
            self._calls -= 1

    def _include(self, name: str, data: object = None) -> str:
        if name not in self._named:
            raise Undecidable(f"the template {name} is not in the repository")
        return self._fill(self._named[name], data)

    def _tpl(self, text: object, data: object) -> str:
        return self.render(as_text(text), data)


class _Filling:
    """One template that is being filled in."""

    def __init__(
        self,
        pay: Pay,
        functions: Mapping[str, Callable[..., Value]],
        named: Mapping[str, list[Part]],
        fill: Callable[[list[Part], object], str],
        *,
        strict: bool,
    ) -> None:
        self._pay = pay
        self._functions = functions
        self._named = named
        self._fill = fill
        self._strict = strict

    def run(self, parts: Sequence[Part], dot: object, variables: dict[str, object]) -> str:
        texts: list[str] = []
        self._run(parts, dot, variables, texts)
        return "".join(texts)

    def _run(
        self, parts: Sequence[Part], dot: object, variables: dict[str, object], texts: list[str]
    ) -> None:
        for part in parts:
            if isinstance(part, str):
                self._write(part, texts)
            elif part.keyword in ("break", "continue"):
                raise _Broken(part.keyword)
            elif part.keyword == "print":
                value = self._pipeline(part.pipeline, dot, variables)
                if part.variables:
                    _assign(variables, part, value)
                else:
                    self._write(as_text(value), texts)
            elif part.keyword in ("template", "block"):
                self._call(part, dot, variables, texts)
            elif part.keyword == "range":
                self._range(part, dot, variables, texts)
            elif part.keyword != "define":
                self._choose(part, dot, variables, texts)

    def _write(self, text: str, texts: list[str]) -> None:
        self._pay(1, len(text))
        texts.append(text)

    def _call(self, part: Block, dot: object, variables: dict[str, object], texts: list[str]) -> None:
        name, *rest = part.pipeline[0]
        body = self._named.get(str(name.value))
        if body is None:
            raise Undecidable(f"the template {name.value} is not in the repository")
        data = self._pipeline((tuple(rest), *part.pipeline[1:]), dot, variables) if rest else None
        self._write(self._fill(body, data), texts)

    def _choose(self, part: Block, dot: object, variables: dict[str, object], texts: list[str]) -> None:
        """Fill in an `if` or a `with`."""
        inner = _Scope(variables)
        value = self._pipeline(part.pipeline, dot, variables)
        if part.variables:
            inner.declare(part.variables[0], value)
        if is_true(value):
            below = value if part.keyword.endswith("with") else dot
            self._run(part.body, below, inner, texts)
        else:
            self._run(part.otherwise, dot, inner, texts)

    def _range(self, part: Block, dot: object, variables: dict[str, object], texts: list[str]) -> None:
        value = self._pipeline(part.pipeline, dot, variables)
        if isinstance(value, dict):
            pairs: list[tuple[object, object]] = sorted(value.items())
        elif isinstance(value, int) and not isinstance(value, bool):
            pairs = [(number, number) for number in self._functions["until"](value)]
        elif isinstance(value, list) or value is None:
            pairs = [*enumerate(value or [])]
        else:
            raise Undecidable("range over what is neither a list nor a mapping")
        for key, item in pairs:
            self._pay(1, 0)
            inner = _Scope(variables)
            for name, bound in zip(
                part.variables, (key, item) if len(part.variables) > 1 else (item,), strict=False
            ):
                inner.declare(name, bound)
            try:
                self._run(part.body, item, inner, texts)
            except _Broken as broken:
                if broken.keyword == "break":
                    break
        if not pairs:
            self._run(part.otherwise, dot, _Scope(variables), texts)

    def _pipeline(self, pipeline: Pipeline, dot: object, variables: dict[str, object]) -> Value:
        value: object = None
        for number, command in enumerate(pipeline):
            self._pay(1, 0)
            piped = (value,) if number else ()
            first, rest = command[0], command[1:]
            if first.kind == "function" and not first.fields:
                value = self._apply(str(first.value), rest, piped, dot, variables)
            elif rest or piped:
                raise Undecidable("a value is called like a function")
            else:
                value = self._operand(first, dot, variables)
        return value

    def _apply(
        self,
        name: str,
        operands: Sequence[Operand],
        piped: tuple[object, ...],
        dot: object,
        variables: dict[str, object],
    ) -> Value:
        if name in ("and", "or"):
            value: object = None
            for operand in operands:
                value = self._operand(operand, dot, variables)
                if is_true(value) == (name == "or"):
                    return value
            return piped[0] if piped else value
        function = self._functions.get(name)
        if function is None:
            raise Undecidable(f"the function {name} is not one that can be told offline")
        values = [*(self._operand(operand, dot, variables) for operand in operands), *piped]
        if name in _WITH_DATA:
            return function(*values)
        check_text(sum(len(value) for value in values if isinstance(value, str)) // _MOST_ARGUMENTS)
        self._measure(*values)
        result = function(*values)
        self._measure(result)
        return result

    def _measure(self, *values: object) -> None:
        """Pay for texts, mappings and lists that a function is given or makes."""
        for value in values:
            if isinstance(value, str):
                check_text(len(value))
                self._pay(1, len(value))
            elif isinstance(value, (dict, list)):
                self._pay(1 + measure_data(value) // _MEASURED, 0)

    def _operand(self, operand: Operand, dot: object, variables: dict[str, object]) -> Value:
        if operand.kind == "literal":
            value = operand.value
        elif operand.kind == "dot":
            value = dot
        elif operand.kind == "variable":
            if operand.value not in variables:
                raise Undecidable(f"the variable {operand.value} is not declared")
            value = variables[str(operand.value)]
        elif operand.kind == "pipeline":
            value = self._pipeline(operand.value, dot, variables)
        else:
            value = self._apply(str(operand.value), (), (), dot, variables)
        for name in operand.fields:
            value = self._field(value, name)
        return value

    def _field(self, value: object, name: str) -> object:
        if isinstance(value, dict) and (name in value or not self._strict):
            return value.get(name)
        if value is None and not self._strict:
            raise Undecidable(f"{name} is asked of nothing")
        raise Undecidable(f"there is no {name}")


class _Scope(dict[str, object]):
    """The variables of a block: those around it and its own.

    An assignment changes the one that it means.
    """

    def __init__(self, around: dict[str, object]) -> None:
        super().__init__(around)
        self._around = around
        self._own: set[str] = set()

    def declare(self, name: str, value: object) -> None:
        self._own.add(name)
        super().__setitem__(name, value)

    def assign(self, name: str, value: object) -> None:
        super().__setitem__(name, value)
        if name in self._own:
            return
        if isinstance(self._around, _Scope):
            self._around.assign(name, value)
        else:
            self._around[name] = value


def _assign(variables: dict[str, object], block: Block, value: object) -> None:
    """Set the variable of an action: a new one here, or the one that is already there."""
    name = block.variables[0]
    if not isinstance(variables, _Scope):
        variables[name] = value
    elif block.declares:
        variables.declare(name, value)
    else:
        variables.assign(name, value)
