"""sprig's functions on lists, mappings and defaults (github.com/Masterminds/sprig 3.3)."""

from __future__ import annotations

import json
from collections.abc import Callable

from vpnlint.source.go_template.data import Value, format_value, is_truthy
from vpnlint.source.go_template.limits import Undecidable


def fail(message: Value = "") -> Value:
    """Stop the template, as sprig's `fail` does. Always raises Undecidable."""
    raise Undecidable(f"it fails: {format_value(message)}")


def _get(mapping: Value, key: Value) -> Value:
    return mapping.get(key, "") if isinstance(mapping, dict) else ""


def _dict(*pairs: Value) -> dict[str, Value]:
    values = [*pairs[1::2], *[""] * (len(pairs) % 2)]
    return {format_value(key): value for key, value in zip(pairs[::2], values, strict=True)}


def _merge(first: Value, *others: Value) -> Value:
    result = dict(first)
    for other in others:
        for key, value in other.items():
            own = result.get(key)
            if isinstance(own, dict) and isinstance(value, dict):
                result[key] = _merge(own, value)
            elif not own:
                result[key] = value
    return result


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
    "default": lambda fallback, value=None: value if is_truthy(value) else fallback,
    "dict": _dict,
    "empty": lambda value: not is_truthy(value),
    "fail": fail,
    "first": lambda items: items[0] if items else None,
    "get": _get,
    "has": lambda item, items: item in items,
    "hasKey": lambda mapping, key: key in mapping,
    "keys": lambda *mappings: sorted(key for mapping in mappings for key in mapping),
    "last": lambda items: items[-1] if items else None,
    "list": lambda *items: [*items],
    "merge": _merge,
    "prepend": lambda items, item: [item, *items],
    "rest": lambda items: items[1:],
    "sortAlpha": lambda items: sorted(map(format_value, items)),
    "ternary": lambda yes, no, condition: yes if condition is True else no,
    "uniq": _unique,
    "without": lambda items, *others: [item for item in items if item not in others],
}
