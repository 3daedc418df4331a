"""Values → YAML text, quoted so that neither Helm nor Kustomize reads anything but what was meant."""

from __future__ import annotations

import json
from typing import TypeAlias

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.scalars import resolve_helm_scalar, resolve_kustomize_scalar

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

_PLAIN = defer_pattern(r"[A-Za-z0-9_/.][A-Za-z0-9_./@:+=-]*(?<!:)")
_STEP = 2


def scalar_text(value: Value, quote: str = "") -> str:
    """Return a scalar on one line; quote is the mark to use where it is a string that had quotes before."""
    if not isinstance(value, str):
        return json.dumps(value)
    if quote == "'" and "\n" not in value:
        return "'" + value.replace("'", "''") + "'"
    is_plain = (
        _PLAIN.fullmatch(value)
        and resolve_helm_scalar(value) == value
        and resolve_kustomize_scalar(value) == value
    )
    return value if is_plain and not quote else json.dumps(value, ensure_ascii=False)


def flow_text(value: Value) -> str:
    """Return a value in flow style, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar_text(key)}: {flow_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    return scalar_text(value)


def block_lines(value: Value, dash: int = _STEP) -> list[str]:
    """Return the lines of a value in block style; a list in a mapping is indented by `dash`."""
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in pair_lines(key, item, dash)]
    if isinstance(value, list) and value:
        return [line for item in value for line in item_lines(item, dash)]
    return [flow_text(value)]


def pair_lines(key: str, value: Value, dash: int = _STEP) -> list[str]:
    """Return the lines of a key and its value."""
    name = scalar_text(key)
    if isinstance(value, str) and "\n" in value.strip("\n"):
        return [f"{name}: {line}" if not number else line for number, line in enumerate(_literal(value))]
    if value and isinstance(value, list):
        return [f"{name}:", *(" " * dash + line for line in block_lines(value, dash))]
    if value and isinstance(value, dict):
        return [f"{name}:", *(" " * _STEP + line for line in block_lines(value, dash))]
    return [f"{name}: {flow_text(value)}"]


def item_lines(value: Value, dash: int = _STEP) -> list[str]:
    """Return the lines of an item of a list, with its dash."""
    if isinstance(value, str) and "\n" in value.strip("\n"):
        mark, *lines = _literal(value)
        return [f"- {mark}", *lines]
    return [
        f"- {line}" if not number else f"  {line}" if line else line
        for number, line in enumerate(block_lines(value, dash))
    ]


def _literal(text: str) -> list[str]:
    """Return a text of several lines as a block scalar."""
    body = text.removesuffix("\n")
    mark = "|" if text.endswith("\n") else "|-"
    return [mark, *(" " * _STEP + line if line else line for line in body.split("\n"))]
