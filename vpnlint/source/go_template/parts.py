"""Defines the parts of a template: texts, actions and their operands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Block:
    """An action: its keyword (`print` for a plain pipeline), pipeline, variables and contents.

    declares: it declares the variables (`:=`) instead of assigning to them. written: the opening action as
    written in the template.
    """

    keyword: str
    pipeline: Pipeline = ()
    variables: tuple[str, ...] = ()
    declares: bool = True
    body: list[Part] = field(default_factory=list)
    otherwise: list[Part] = field(default_factory=list)
    written: str = ""


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
