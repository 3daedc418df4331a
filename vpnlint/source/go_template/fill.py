"""Fills in one parsed template with data, as Go's text/template executes it (exec.go)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from vpnlint.source.go_template.data import Value, WithMethods, format_value, get_key, is_truthy
from vpnlint.source.go_template.functions.numbers import list_integers
from vpnlint.source.go_template.limits import Undecidable, check_text_size, count_values
from vpnlint.source.go_template.parts import Block, Operand, Part, Pipeline
from vpnlint.source.go_template.variables import Variables

# These only pass their data on to a template.
_WITH_DATA = ("include", "tpl")
# A function's arguments may hold this many texts of the maximum size, and this many values cost one step.
_MOST_ARGUMENTS = 4
_VALUES_PER_STEP = 50
_CHECKSUM = (Operand("function", "sha256sum"),)
_UNKNOWN_CHECKSUM = "f" * 64


class _LoopControl(Exception):
    """Carries `break` or `continue` to the enclosing loop."""

    def __init__(self, keyword: str) -> None:
        self.keyword = keyword


class Filling:
    """Fills in one template once."""

    def __init__(
        self,
        pay: Callable[[int, int], None],
        functions: Mapping[str, Callable[..., Value]],
        call_template: Callable[[str, object], str],
        *,
        is_strict: bool,
    ) -> None:
        """Prepare for one template.

        pay: pays for a number of steps and characters. call_template: returns the text that a named template
        makes of data. is_strict: a missing key is an error.
        """
        self._pay = pay
        self._functions = functions
        self._call_template = call_template
        self._is_strict = is_strict
        self._texts: list[str] = []

    def fill(self, parts: Sequence[Part], data: object) -> str:
        """Return the parts filled in with data. Raises Undecidable if the result is unknown."""
        variables = Variables()
        variables.declare("$", data)
        self._fill(parts, data, variables)
        return "".join(self._texts)

    def _fill(self, parts: Sequence[Part], dot: object, variables: Variables) -> None:
        for part in parts:
            if isinstance(part, str):
                self._write(part)
            elif part.keyword in ("break", "continue"):
                raise _LoopControl(part.keyword)
            elif part.keyword == "print":
                self._print(part, dot, variables)
            elif part.keyword in ("template", "block"):
                self._include(part, dot, variables)
            elif part.keyword == "range":
                self._loop(part, dot, variables)
            elif part.keyword != "define":
                self._choose(part, dot, variables)

    def _write(self, text: str) -> None:
        self._pay(1, len(text))
        self._texts.append(text)

    def _print(self, part: Block, dot: object, variables: Variables) -> None:
        value = self._evaluate_pipeline(part.pipeline, dot, variables)
        if not part.variables:
            self._write(format_value(value))
        elif part.declares:
            variables.declare(part.variables[0], value)
        else:
            variables.assign(part.variables[0], value)

    def _include(self, part: Block, dot: object, variables: Variables) -> None:
        name, *rest = part.pipeline[0]
        data = self._evaluate_pipeline((tuple(rest), *part.pipeline[1:]), dot, variables) if rest else None
        self._write(self._call_template(str(name.value), data))

    def _choose(self, part: Block, dot: object, variables: Variables) -> None:
        """Fill in an `if` or a `with`."""
        inner = Variables(variables)
        value = self._evaluate_pipeline(part.pipeline, dot, variables)
        if part.variables:
            inner.declare(part.variables[0], value)
        if is_truthy(value):
            below = value if part.keyword.endswith("with") else dot
            self._fill(part.body, below, inner)
        else:
            self._fill(part.otherwise, dot, inner)

    def _loop(self, part: Block, dot: object, variables: Variables) -> None:
        pairs = [*_list_pairs(self._evaluate_pipeline(part.pipeline, dot, variables))]
        for key, item in pairs:
            self._pay(1, 0)
            inner = Variables(variables)
            values = (key, item) if len(part.variables) > 1 else (item,)
            for name, value in zip(part.variables, values, strict=False):
                inner.declare(name, value)
            try:
                self._fill(part.body, item, inner)
            except _LoopControl as control:
                if control.keyword == "break":
                    break
        if not pairs:
            self._fill(part.otherwise, dot, Variables(variables))

    def _evaluate_pipeline(self, pipeline: Pipeline, dot: object, variables: Variables) -> Value:
        try:
            return self._evaluate_commands(pipeline, dot, variables)
        except Undecidable:
            # A chart adds a checksum only to restart Pods, so its value matters to nothing else.
            if pipeline[-1] != _CHECKSUM:
                raise
            return _UNKNOWN_CHECKSUM

    def _evaluate_commands(self, pipeline: Pipeline, dot: object, variables: Variables) -> Value:
        value: object = None
        for number, command in enumerate(pipeline):
            self._pay(1, 0)
            piped = (value,) if number else ()
            first, rest = command[0], command[1:]
            if first.kind == "function" and not first.fields:
                value = self._call_function(str(first.value), rest, piped, dot, variables)
            elif rest or piped:
                value = self._call_method(first, rest, piped, dot, variables)
            else:
                value = self._evaluate_operand(first, dot, variables)
        return value

    def _call_function(
        self,
        name: str,
        operands: Sequence[Operand],
        piped: tuple[object, ...],
        dot: object,
        variables: Variables,
    ) -> Value:
        if name in ("and", "or"):
            value: object = None
            for operand in operands:
                value = self._evaluate_operand(operand, dot, variables)
                if is_truthy(value) == (name == "or"):
                    return value
            return piped[0] if piped else value
        function = self._functions.get(name)
        if function is None:
            raise Undecidable(f"the result of {name} is unknown offline")
        values = [*(self._evaluate_operand(operand, dot, variables) for operand in operands), *piped]
        if name in _WITH_DATA:
            return function(*values)
        check_text_size(sum(len(value) for value in values if isinstance(value, str)) // _MOST_ARGUMENTS)
        self._pay_for(*values)
        result = function(*values)
        self._pay_for(result)
        return result

    def _call_method(
        self,
        method: Operand,
        operands: Sequence[Operand],
        piped: tuple[object, ...],
        dot: object,
        variables: Variables,
    ) -> Value:
        *before, name = method.fields or ("",)
        owner = self._evaluate_operand(method._replace(fields=tuple(before)), dot, variables)
        if not isinstance(owner, WithMethods):
            raise Undecidable("it calls a value like a function")
        values = [*(self._evaluate_operand(operand, dot, variables) for operand in operands), *piped]
        result = owner.call(name, *values)
        self._pay_for(result)
        return result

    def _pay_for(self, *values: object) -> None:
        """Pay for the texts, mappings and lists that a function takes or returns."""
        for value in values:
            if isinstance(value, str):
                check_text_size(len(value))
                self._pay(1, len(value))
            elif isinstance(value, (dict, list)):
                self._pay(1 + count_values(value) // _VALUES_PER_STEP, 0)

    def _evaluate_operand(self, operand: Operand, dot: object, variables: Variables) -> Value:
        if operand.kind == "literal":
            value = operand.value
        elif operand.kind == "dot":
            value = dot
        elif operand.kind == "variable":
            value = variables.read(str(operand.value))
        elif operand.kind == "pipeline":
            value = self._evaluate_pipeline(operand.value, dot, variables)
        else:
            value = self._call_function(str(operand.value), (), (), dot, variables)
        for name in operand.fields:
            if isinstance(value, WithMethods):
                value = value.call(name)
                continue
            if not isinstance(value, dict) or (self._is_strict and name not in value):
                raise Undecidable(f"there is no {name}")
            value = get_key(value, name)
        return value


def _list_pairs(value: Value) -> Iterator[tuple[object, object]]:
    """Yield the keys and values that `range` visits. Raises Undecidable if it refuses the value."""
    if isinstance(value, dict):
        yield from sorted(value.items())
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from ((number, number) for number in list_integers(value))
    elif isinstance(value, list) or value is None:
        yield from enumerate(value or [])
    else:
        raise Undecidable("range is given neither a list nor a mapping")
