"""The pure functions of Go's text/template and of sprig 3.3, on plain data."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import yaml

from vpnlint.source.go_template.syntax import Undecidable
from vpnlint.source.scalars import helm_quote

# Plain data of any type.
Value: TypeAlias = Any
# No manifest needs more, and what several calls double would never end.
MAX_ITEMS = 10_000
MAX_TEXT = 1 << 20
_MAX_DEPTH = 100
_VERB = re.compile(r"%(?P<flags>[-+0]*)(?P<width>\d{0,2})(?P<verb>[a-zA-Z%])")


def as_text(value: Value) -> str:
    """Return what a template prints for a value.

    Raises Undecidable for a mapping or a list, which Go prints its own way.
    """
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise Undecidable("a mapping or a list is printed")
    return helm_quote(value)


def is_true(value: object) -> bool:
    """Tell what `if` makes of a value: everything but false, zero, nil and what is empty is true."""
    return bool(value)


def _quote(*values: Value) -> str:
    return " ".join(json.dumps(as_text(value), ensure_ascii=False) for value in values if value is not None)


def _printf(form: str, *arguments: Value) -> str:
    rest = iter(arguments)

    def fill_in(match: re.Match[str]) -> str:
        verb = match["verb"]
        if verb == "%":
            return "%"
        if verb not in "svdq":
            raise Undecidable(f"printf's %{verb}")
        value = next(rest, None)
        text = _quote(value) if verb == "q" else as_text(value)
        width = int(match["width"] or 0)
        if "-" in match["flags"]:
            return text.ljust(width)
        return text.rjust(width, "0" if "0" in match["flags"] and verb == "d" else " ")

    return _VERB.sub(fill_in, form)


def _integer(value: Value) -> int:
    if isinstance(value, bool):
        return int(value)
    try:
        return int(float(as_text(value) or 0)) if not isinstance(value, int) else value
    except (ValueError, OverflowError):
        return 0


def _indent(count: Value, text: Value) -> str:
    pad = " " * min(_integer(count), 100)
    return pad + _replace("\n", f"\n{pad}", text)


def _index(value: Value, *steps: Value) -> Value:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            raise Undecidable("index finds nothing there")
    return value


def _get(mapping: Value, key: Value) -> Value:
    return mapping.get(key, "") if isinstance(mapping, dict) else ""


def _dictionary(*pairs: Value) -> dict[str, Value]:
    return {
        as_text(key): value
        for key, value in zip(pairs[::2], [*pairs[1::2], *[""] * (len(pairs) % 2)], strict=True)
    }


def _merged(first: Value, *others: Value) -> Value:
    result = dict(first)
    for other in others:
        for key, value in other.items():
            own = result.get(key)
            if isinstance(own, dict) and isinstance(value, dict):
                result[key] = _merged(own, value)
            elif not own:
                result[key] = value
    return result


def _compared(test: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    def compare(first: Value, second: Value) -> bool:
        numbers = isinstance(first, (int, float)) and isinstance(second, (int, float))
        if not numbers and type(first) is not type(second):
            raise Undecidable("values of two types are compared")
        return test(first, second)

    return compare


def _until(*bounds: Value) -> list[int]:
    numbers = range(*map(_integer, bounds)) if bounds else range(0)
    if len(numbers) > MAX_ITEMS:
        raise Undecidable(f"a list of more than {MAX_ITEMS:,} items")
    return [*numbers]


def check_text(size: int) -> None:
    """Raise Undecidable for a text of more characters than any manifest has."""
    if size > MAX_TEXT:
        raise Undecidable(f"a text of more than {MAX_TEXT:,} characters")


def measure_data(value: Value) -> int:
    """Return how many values a mapping or list holds.

    Raises Undecidable where they are too many, or nested too deeply.

    It stops there, as what several calls put together may share its parts without end.
    """
    count = 0
    stack = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        count += 1
        if count > MAX_ITEMS or depth > _MAX_DEPTH:
            raise Undecidable(f"data of more than {MAX_ITEMS:,} values or {_MAX_DEPTH} levels")
        if isinstance(item, dict):
            stack += [(child, depth + 1) for child in item.values()]
        elif isinstance(item, list):
            stack += [(child, depth + 1) for child in item]
    return count


def _repeat(count: Value, text: Value) -> str:
    check_text(_integer(count) * len(as_text(text)))
    return as_text(text) * _integer(count)


def _replace(old: Value, new: Value, text: Value) -> str:
    before, after, whole = as_text(old), as_text(new), as_text(text)
    check_text(len(whole) + (whole.count(before) if before else len(whole) + 1) * len(after))
    return whole.replace(before, after)


def _join(separator: Value, items: Value) -> str:
    if not isinstance(items, list):
        return as_text(items)
    texts = [as_text(item) for item in items]
    check_text(sum(map(len, texts)) + len(texts) * len(as_text(separator)))
    return as_text(separator).join(texts)


def _unique(items: Value) -> Value:
    seen: dict[str, Value] = {}
    for item in items:
        seen.setdefault(json.dumps(item, sort_keys=True, default=str), item)
    return [*seen.values()]


def _slugify(text: Value) -> str:
    return re.sub(r"[^a-z0-9]+", "-", as_text(text).lower()).strip("-")


def _divide(first: Value, second: Value) -> int:
    if not _integer(second):
        raise Undecidable("a division by zero")
    return int(_integer(first) / _integer(second))


def _fail(message: Value = "") -> Value:
    raise Undecidable(f"it fails: {as_text(message)}")


def _required(message: Value, value: Value) -> Value:
    return value if value not in (None, "") else _fail(message)


class _Dumper(yaml.SafeDumper):
    """Writes what is there twice twice, as Go does."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def _to_yaml(value: Value) -> str:
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=1 << 20)
    return text.removesuffix("...\n").rstrip("\n")


def _from_yaml(text: Value) -> Value:
    try:
        return yaml.safe_load(as_text(text))
    except yaml.YAMLError as error:
        raise Undecidable("fromYaml of what is no YAML") from error


def _decoded(text: Value) -> str:
    try:
        return base64.b64decode(as_text(text), validate=True).decode()
    except ValueError as error:
        raise Undecidable("b64dec of what is no base64") from error


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "add": lambda *values: sum(map(_integer, values)),
    "add1": lambda value: _integer(value) + 1,
    "append": lambda items, item: [*items, item],
    "atoi": _integer,
    "b64dec": _decoded,
    "b64enc": lambda text: base64.b64encode(as_text(text).encode()).decode(),
    "cat": lambda *values: " ".join(as_text(value) for value in values if value is not None),
    "ceil": lambda value: float(math.ceil(float(as_text(value) or 0))),
    "coalesce": lambda *values: next((value for value in values if is_true(value)), None),
    "compact": lambda items: [item for item in items if is_true(item)],
    "concat": lambda *lists: [item for items in lists for item in items],
    "contains": lambda part, text: as_text(part) in as_text(text),
    "default": lambda fallback, value=None: value if is_true(value) else fallback,
    "dict": _dictionary,
    "div": _divide,
    "empty": lambda value: not is_true(value),
    "eq": lambda first, *others: any(type(first) is type(other) and first == other for other in others),
    "fail": _fail,
    "first": lambda items: items[0] if items else None,
    "float64": lambda value: float(as_text(value) or 0),
    "floor": lambda value: float(math.floor(float(as_text(value) or 0))),
    "fromYaml": _from_yaml,
    "ge": _compared(lambda first, second: first >= second),
    "get": _get,
    "gt": _compared(lambda first, second: first > second),
    "has": lambda item, items: item in items,
    "hasKey": lambda mapping, key: key in mapping,
    "hasPrefix": lambda part, text: as_text(text).startswith(as_text(part)),
    "hasSuffix": lambda part, text: as_text(text).endswith(as_text(part)),
    "indent": _indent,
    "index": _index,
    "int": _integer,
    "int64": _integer,
    "join": _join,
    "keys": lambda *mappings: sorted(key for mapping in mappings for key in mapping),
    "last": lambda items: items[-1] if items else None,
    "le": _compared(lambda first, second: first <= second),
    "len": len,
    "list": lambda *items: [*items],
    "lower": lambda text: as_text(text).lower(),
    "lt": _compared(lambda first, second: first < second),
    "max": lambda *values: max(map(_integer, values)),
    "merge": _merged,
    "min": lambda *values: min(map(_integer, values)),
    "mod": lambda first, second: math.fmod(_integer(first), _integer(second) or _fail("mod by zero")),
    "mul": lambda *values: math.prod(map(_integer, values)),
    "ne": lambda first, second: not (type(first) is type(second) and first == second),
    "nindent": lambda count, text: "\n" + _indent(count, text),
    "not": lambda value: not is_true(value),
    "nospace": lambda text: re.sub(r"\s", "", as_text(text)),
    "prepend": lambda items, item: [item, *items],
    "print": lambda *values: "".join(map(as_text, values)),
    "printf": _printf,
    "quote": _quote,
    "repeat": _repeat,
    "replace": _replace,
    "required": _required,
    "rest": lambda items: items[1:],
    "seq": lambda *bounds: (
        " ".join(map(str, _until(1, _integer(bounds[0]) + 1))) if len(bounds) == 1 else _fail("seq")
    ),
    "sha256sum": lambda text: hashlib.sha256(as_text(text).encode()).hexdigest(),
    "slugify": _slugify,
    "sortAlpha": lambda items: sorted(map(as_text, items)),
    "split": lambda separator, text: {
        f"_{number}": part for number, part in enumerate(as_text(text).split(separator))
    },
    "splitList": lambda separator, text: as_text(text).split(separator),
    "squote": lambda *values: " ".join(f"'{as_text(value)}'" for value in values if value is not None),
    "sub": lambda first, second: _integer(first) - _integer(second),
    "substr": lambda start, end, text: as_text(text)[max(start, 0) : end if end >= 0 else None],
    "ternary": lambda yes, no, condition: yes if condition is True else no,
    "title": lambda text: re.sub(r"(?<!\w)\w", lambda match: match[0].upper(), as_text(text)),
    "toJson": lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    "toString": as_text,
    "toYaml": _to_yaml,
    "trim": lambda text: as_text(text).strip(),
    "trimAll": lambda cut, text: as_text(text).strip(as_text(cut)),
    "trimPrefix": lambda part, text: as_text(text).removeprefix(as_text(part)),
    "trimSuffix": lambda part, text: as_text(text).removesuffix(as_text(part)),
    "trunc": lambda size, text: as_text(text)[:size] if size >= 0 else as_text(text)[size:],
    "uniq": _unique,
    "until": lambda count: _until(count),
    "untilStep": _until,
    "upper": lambda text: as_text(text).upper(),
    "without": lambda items, *others: [item for item in items if item not in others],
}
