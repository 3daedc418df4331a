"""sprig's functions on numbers (github.com/Masterminds/sprig 3.3, numeric.go)."""

from __future__ import annotations

import math
from collections.abc import Callable

from vpnlint.source.go_template.data import Value, format_value, read_integer
from vpnlint.source.go_template.functions.collections import fail
from vpnlint.source.go_template.limits import MAX_ITEMS, Undecidable


def list_integers(*bounds: Value) -> list[int]:
    """Return the integers that sprig's `until` and `untilStep` return. Raises Undecidable for too many."""
    numbers = range(*map(read_integer, bounds)) if bounds else range(0)
    if len(numbers) > MAX_ITEMS:
        raise Undecidable(f"it makes a list of more than {MAX_ITEMS:,} items")
    return [*numbers]


def _sequence(*bounds: Value) -> str:
    if len(bounds) != 1:
        raise Undecidable("seq is given more than an end")
    return " ".join(map(str, list_integers(1, read_integer(bounds[0]) + 1)))


def _divide(first: Value, second: Value) -> int:
    return int(read_integer(first) / (read_integer(second) or fail("division by zero")))


def _modulo(first: Value, second: Value) -> int:
    return int(math.fmod(read_integer(first), read_integer(second) or fail("mod by zero")))


def _round(value: Value, places: Value) -> float:
    """Round half away from zero, as sprig does; Python rounds half to even."""
    factor = 10.0 ** min(max(read_integer(places), 0), 15)
    number = float(format_value(value) or 0) * factor
    return math.copysign(math.floor(abs(number) + 0.5), number) / factor


NUMBER_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "add": lambda *values: sum(map(read_integer, values)),
    "add1": lambda value: read_integer(value) + 1,
    "atoi": read_integer,
    "ceil": lambda value: float(math.ceil(float(format_value(value) or 0))),
    "div": _divide,
    "float64": lambda value: float(format_value(value) or 0),
    "floor": lambda value: float(math.floor(float(format_value(value) or 0))),
    "int": read_integer,
    "int64": read_integer,
    "max": lambda *values: max(map(read_integer, values)),
    "min": lambda *values: min(map(read_integer, values)),
    "mod": _modulo,
    "mul": lambda *values: math.prod(map(read_integer, values)),
    "round": _round,
    "seq": _sequence,
    "sub": lambda first, second: read_integer(first) - read_integer(second),
    "until": lambda count: list_integers(count),
    "untilStep": list_integers,
}
