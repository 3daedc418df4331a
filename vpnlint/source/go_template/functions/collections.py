"""sprig's functions on lists, mappings and defaults (github.com/Masterminds/sprig 3.3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import partial

from vpnlint.source.go_template.data import Value, format_value, is_truthy, read_integer
from vpnlint.source.go_template.limits import Undecidable


def fail(message: Value = "") -> Value:
    """Raise Undecidable, as sprig's `fail` ends a template with an error."""
    raise Undecidable(f"it fails: {format_value(message)}")


def _get(mapping: Value, key: Value) -> Value:
    return mapping.get(key, "") if isinstance(mapping, dict) else ""


def _dict(*pairs: Value) -> dict[str, Value]:
    values = [*pairs[1::2], *[""] * (len(pairs) % 2)]
    return {format_value(key): value for key, value in zip(pairs[::2], values, strict=True)}


def _set(mapping: Value, key: Value, value: Value) -> Value:
    mapping[format_value(key)] = value
    return mapping


def _unset(mapping: Value, key: Value) -> Value:
    mapping.pop(format_value(key), None)
    return mapping


def _merge(first: Value, *others: Value, overwrites: bool = False) -> Value:
    """Add missing keys of the others to the first mapping, in place as in sprig.

    overwrites: write all keys of the others; empty values replace nothing.
    """
    for other in others:
        for key, value in other.items():
            own = first.get(key)
            if isinstance(own, dict) and isinstance(value, dict):
                _merge(own, value, overwrites=overwrites)
            elif (is_truthy(value) or key not in first) if overwrites else not own:
                first[key] = value
    return first


def _dig(*steps: Value) -> Value:
    *keys, fallback, value = steps
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return fallback
        value = value[key]
    return value


def _slice(items: Value, *bounds: Value) -> Value:
    start, end = [*map(read_integer, bounds), *[0, len(items)][len(bounds) :]]
    if not 0 <= start <= end <= len(items):
        raise Undecidable("slice reaches beyond the list")
    return items[start:end]


def _kind(value: Value) -> str:
    """Return a value's kind in Go's reflect package, which for a number depends on where it comes from."""
    kinds = {dict: "map", list: "slice", str: "string", bool: "bool", type(None): "invalid"}
    for kind, name in kinds.items():
        if isinstance(value, kind):
            return name
    raise Undecidable("the kind of a number is unknown offline")


def _is_kind(kind: Value, value: Value) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return kind in ("int", "int64", "float64") and bool(_kind(value))
    return _kind(value) == str(kind)


def _type(value: Value) -> str:
    """Return the name of a value's type in Go, which for all but these depends on where it comes from."""
    types = {str: "string", bool: "bool", type(None): "<nil>"}
    for kind, name in types.items():
        if isinstance(value, kind):
            return name
    raise Undecidable("the type of a number, a list or a mapping is unknown offline")


def _is_type(name: Value, value: Value) -> bool:
    if name in ("string", "bool", "<nil>") and not isinstance(value, (str, bool, type(None))):
        return False
    return _type(value) == str(name)


def _unique(items: Value) -> Value:
    seen: dict[str, Value] = {}
    for item in items:
        seen.setdefault(json.dumps(item, sort_keys=True, default=str), item)
    return [*seen.values()]


COLLECTION_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "append": lambda items, item: [*items, item],
    "coalesce": lambda *values: next((value for value in values if is_truthy(value)), None),
    "compact": lambda items: [item for item in items if is_truthy(item)],
    "concat": lambda *lists: [item for items in lists for item in items],
    "deepCopy": deepcopy,
    "default": lambda fallback, value=None: value if is_truthy(value) else fallback,
    "dict": _dict,
    "dig": _dig,
    "empty": lambda value: not is_truthy(value),
    "fail": fail,
    "first": lambda items: items[0] if items else None,
    "get": _get,
    "has": lambda item, items: item in items,
    "hasKey": lambda mapping, key: key in mapping,
    "initial": lambda items: items[:-1],
    "keys": lambda *mappings: sorted(key for mapping in mappings for key in mapping),
    "kindIs": _is_kind,
    "kindOf": _kind,
    "last": lambda items: items[-1] if items else None,
    "list": lambda *items: [*items],
    "merge": _merge,
    "mergeOverwrite": partial(_merge, overwrites=True),
    "omit": lambda mapping, *keys: {key: value for key, value in mapping.items() if key not in keys},
    "pick": lambda mapping, *keys: {key: mapping[key] for key in keys if key in mapping},
    "pluck": lambda key, *mappings: [mapping[key] for mapping in mappings if key in mapping],
    "prepend": lambda items, item: [item, *items],
    "rest": lambda items: items[1:],
    "reverse": lambda items: items[::-1],
    "set": _set,
    "slice": _slice,
    "sortAlpha": lambda items: sorted(map(format_value, items)),
    "ternary": lambda yes, no, condition: yes if condition is True else no,
    "typeIs": _is_type,
    "typeIsLike": _is_type,
    "typeOf": _type,
    "uniq": _unique,
    "unset": _unset,
    "values": lambda *mappings: [value for mapping in mappings for _, value in sorted(mapping.items())],
    "without": lambda items, *others: [item for item in items if item not in others],
}
