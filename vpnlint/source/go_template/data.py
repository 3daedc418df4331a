"""The values of a template: plain dicts, lists and scalars."""

from __future__ import annotations

from typing import Any, TypeAlias

from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.scalars import format_helm_scalar

# Plain data of any type.
Value: TypeAlias = Any


class PartlyKnown(dict[str, Any]):
    """A mapping that has more keys where it is used than vpnlint knows, such as Helm's `.Release`."""


def get_key(mapping: dict[str, Any], key: str) -> Value:
    """Return the value of a key, or None where the mapping lacks it.

    Raises Undecidable where only the program that fills the template in knows the key.
    """
    if isinstance(mapping, PartlyKnown) and key not in mapping:
        raise Undecidable(f"{key} is not known offline")
    return mapping.get(key)


def format_value(value: Value) -> str:
    """Return what a template prints for a value.

    Raises Undecidable for a mapping or a list, which Go prints in a form of its own.
    """
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise Undecidable("a mapping or a list is printed")
    return format_helm_scalar(value)


def is_truthy(value: object) -> bool:
    """Tell what `if` makes of a value: false, zero, nil and empty values are false, all others true."""
    return bool(value)


def read_integer(value: Value) -> int:
    """Return a value as sprig's toInt64 does: 0 where it is no number."""
    if isinstance(value, bool):
        return int(value)
    try:
        return value if isinstance(value, int) else int(float(format_value(value) or 0))
    except (ValueError, OverflowError):
        return 0
