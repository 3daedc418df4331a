"""Go's built-in functions (Go 1.25, text/template/funcs.go).

`and` and `or` are in fill.py, since they do not evaluate all of their operands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.go_template.data import Value, format_value, get_key, is_truthy
from vpnlint.source.go_template.limits import Undecidable

_VERB = defer_pattern(r"%(?P<flags>[-+0]*)(?P<width>\d{0,2})(?P<verb>[a-zA-Z%])")


def quote(*values: Value) -> str:
    """Return the values as Go strings, in double quotes."""
    return " ".join(
        json.dumps(format_value(value), ensure_ascii=False) for value in values if value is not None
    )


def _printf(form: str, *arguments: Value) -> str:
    rest = iter(arguments)

    def format_verb(match: re.Match[str]) -> str:
        verb = match["verb"]
        if verb == "%":
            return "%"
        if verb not in "svdq":
            raise Undecidable(f"vpnlint does not know printf's %{verb}")
        try:
            value = next(rest)
        except StopIteration:
            raise Undecidable("printf is given too few values") from None
        text = quote(value) if verb == "q" else format_value(value)
        width = int(match["width"] or 0)
        if "-" in match["flags"]:
            return text.ljust(width)
        return text.rjust(width, "0" if "0" in match["flags"] and verb == "d" else " ")

    return _VERB.sub(format_verb, form)


def _index(value: Value, *steps: Value) -> Value:
    for step in steps:
        if isinstance(value, dict):
            value = get_key(value, step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            raise Undecidable("index finds nothing there")
    return value


def _make_comparison(test: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    def compare(first: Value, second: Value) -> bool:
        numbers = isinstance(first, (int, float)) and isinstance(second, (int, float))
        if not numbers and type(first) is not type(second):
            raise Undecidable("it compares values of different types")
        return test(first, second)

    return compare


BUILTIN_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "eq": lambda first, *others: any(type(first) is type(other) and first == other for other in others),
    "ge": _make_comparison(lambda first, second: first >= second),
    "gt": _make_comparison(lambda first, second: first > second),
    "index": _index,
    "le": _make_comparison(lambda first, second: first <= second),
    "len": len,
    "lt": _make_comparison(lambda first, second: first < second),
    "ne": lambda first, second: not (type(first) is type(second) and first == second),
    "not": lambda value: not is_truthy(value),
    "print": lambda *values: "".join(map(format_value, values)),
    "printf": _printf,
}
