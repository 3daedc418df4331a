"""Defines the parts of a template: texts, actions and their operands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias


class Operand(NamedTuple):
    """A literal, a variable, the dot, a call or a pipeline in brackets, and the fields read from it.

    kind is `literal`, `variable`, `dot`, `function` or `pipeline`.
    """

    kind: str
    value: Any
    fields: tuple[str, ...] = ()


Command: TypeAlias = "tuple[Operand, ...]"
Pipeline: TypeAlias = "tuple[Command, ...]"


class Block:
    """An action: its keyword (`print` for a plain pipeline), pipeline, variables and contents.

    declares: it declares the variables (`:=`) instead of assigning to them. written: the opening action as
    written in the template.
    """

    def __init__(
        self,
        keyword: str,
        pipeline: Pipeline = (),
        variables: tuple[str, ...] = (),
        declares: bool = True,
    ) -> None:
        """Take the action; it has no contents yet."""
        self.keyword = keyword
        self.pipeline = pipeline
        self.variables = variables
        self.declares = declares
        self.body: list[Part] = []
        self.otherwise: list[Part] = []
        self.written = ""


Part: TypeAlias = "str | Block"


def find_calls(parts: Sequence[Part]) -> Iterator[str]:
    """Yield the name of each function that the parts of a template call."""
    for part in parts:
        if isinstance(part, Block):
            # A definition's name is a literal, so it is no call.
            yield from _find_calls_in(part.pipeline)
            yield from find_calls(part.body)
            yield from find_calls(part.otherwise)


def _find_calls_in(pipeline: Pipeline) -> Iterator[str]:
    for command in pipeline:
        for operand in command:
            if operand.kind == "function":
                yield operand.value
            elif operand.kind == "pipeline":
                yield from _find_calls_in(operand.value)
