"""Reads and formats a template's values, which are plain dicts, lists and scalars."""

from __future__ import annotations

from typing import Any, TypeAlias

from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.scalars import format_helm_scalar

# Any plain data.
Value: TypeAlias = Any


class PartlyKnown(dict[str, Any]):
    """A mapping with more keys than vpnlint knows, such as Helm's `.Release`."""


class WithMethods(dict[str, Any]):
    """A mapping whose methods templates call, such as Helm's `.Files`."""

    def call(self, name: str, *arguments: Value) -> Value:
        """Return what a method returns. Raises Undecidable for one that it does not have."""
        raise NotImplementedError


def get_key(mapping: dict[str, Any], key: str) -> Value:
    """Return the value of a key, or None if the mapping lacks it.

    Raises Undecidable if the mapping is PartlyKnown and may have the key.
    """
    if isinstance(mapping, PartlyKnown) and key not in mapping:
        raise Undecidable(f"{key} is unknown offline")
    return mapping.get(key)


def format_value(value: Value) -> str:
    """Return the text that a template prints for a value.

    Raises Undecidable for a mapping or a list, which Go prints in its own notation.
    """
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise Undecidable("it prints a mapping or a list")
    return format_helm_scalar(value)


def is_truthy(value: object) -> bool:
    """Tell whether `if` takes a value for true: all but false, zero, nil and empty values are."""
    return bool(value)


def read_integer(value: Value) -> int:
    """Return a value as sprig's toInt64 does: 0 if it is no number."""
    if isinstance(value, bool):
        return int(value)
    try:
        return value if isinstance(value, int) else int(float(format_value(value) or 0))
    except (ValueError, OverflowError):
        return 0
