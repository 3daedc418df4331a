"""The pure functions of Go's text/template and sprig 3.3 that values in real repositories use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from vpnlint.source.node import Node, Scalar
from vpnlint.source.scalars import helm_quote

# A whole mapping or sequence of the values stays a Node.
Value: TypeAlias = Scalar | Node


def as_text(value: Value) -> str:
    """Return what a template prints for the value. Raises TypeError for a mapping or a sequence."""
    if isinstance(value, Node):
        raise TypeError("a mapping or a sequence has no text that values would use")
    return helm_quote(value)


def _truth(value: Value) -> bool:
    return bool(value.value if isinstance(value, Node) else value)


def _quote(*values: Value) -> str:
    parts = (
        as_text(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for value in values
    )
    return " ".join(f'"{part}"' for part in parts)


def _printf(form: Value, *arguments: Value) -> str:
    """Format with %s, %v, %d, %q and %%. Raises LookupError for another verb or too few arguments."""
    rest: Iterator[Value] = iter(arguments)
    verbs: dict[str, Callable[[Value], str]] = {"s": as_text, "v": as_text, "d": as_text, "q": _quote}

    def replace(match: re.Match[str]) -> str:
        if match[1] == "%":
            return "%"
        verb = verbs[match[1]]
        for argument in rest:
            return verb(argument)
        raise LookupError(match[0])

    return re.sub(r"%(.)", replace, as_text(form))


def _index(value: Value, *steps: Value) -> Value:
    for step in steps:
        if not isinstance(value, Node) or not isinstance(step, str | int):
            raise TypeError(f"index takes a mapping or a sequence and a key, not {step!r}")
        value = value.get(step)
    return value.value if isinstance(value, Node) and not isinstance(value.value, dict | list) else value


def _join(separator: Value, parts: Value) -> str:
    if not isinstance(parts, Node):
        raise TypeError("join takes a sequence")
    return as_text(separator).join(as_text(_index(parts, number)) for number in range(len(parts.list)))


def _title(text: Value) -> str:
    return re.sub(r"(?<!\w)\w", lambda match: match[0].upper(), as_text(text))


def _truncate(length: Value, text: Value) -> str:
    size = int(as_text(length))
    return as_text(text)[:size] if size >= 0 else as_text(text)[size:]


def _first_true(*values: Value) -> Value:
    return next((value for value in values if _truth(value)), None)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "and": lambda *values: next((value for value in values if not _truth(value)), values[-1]),
    "coalesce": _first_true,
    "contains": lambda part, text: as_text(part) in as_text(text),
    "default": lambda fallback, value=None: value if _truth(value) else fallback,
    "empty": lambda value: not _truth(value),
    "eq": lambda first, *others: first in others,
    "hasPrefix": lambda part, text: as_text(text).startswith(as_text(part)),
    "hasSuffix": lambda part, text: as_text(text).endswith(as_text(part)),
    "index": _index,
    "int": lambda value: int(float(as_text(value) or 0)),
    "join": _join,
    "lower": lambda text: as_text(text).lower(),
    "ne": lambda first, second: first != second,
    "not": lambda value: not _truth(value),
    "or": lambda *values: next((value for value in values if _truth(value)), values[-1]),
    "printf": _printf,
    "quote": _quote,
    "replace": lambda old, new, text: as_text(text).replace(as_text(old), as_text(new)),
    "squote": lambda *values: " ".join(f"'{as_text(value)}'" for value in values),
    "ternary": lambda yes, no, condition: yes if condition is True else no,
    "title": _title,
    "toString": as_text,
    "trim": lambda text: as_text(text).strip(),
    "trimPrefix": lambda part, text: as_text(text).removeprefix(as_text(part)),
    "trimSuffix": lambda part, text: as_text(text).removesuffix(as_text(part)),
    "trunc": _truncate,
    "upper": lambda text: as_text(text).upper(),
}
