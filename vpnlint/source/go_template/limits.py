"""Limits the size of templates and their values, and defines the exception for undecidable templates."""

from __future__ import annotations

# No manifest needs more. Without limits, a few calls that double a value would never end.
MAX_ITEMS = 10_000
MAX_TEXT = 1 << 20
MAX_NESTING = 50
_MAX_DEPTH = 100


class Undecidable(ValueError):
    """A template is invalid, or only its own program can fill it in; the message says why."""


def check_text_size(size: int) -> None:
    """Raise Undecidable if a text has more characters than any manifest."""
    if size > MAX_TEXT:
        raise Undecidable(f"it makes a text of more than {MAX_TEXT:,} characters")


def count_values(value: object) -> int:
    """Return the number of values in a mapping or list.

    Raises Undecidable if there are too many or they are nested too deeply. Counting stops there, because the
    result of several calls may share its parts endlessly.
    """
    count = 0
    stack = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        count += 1
        if count > MAX_ITEMS or depth > _MAX_DEPTH:
            raise Undecidable(f"it makes data of more than {MAX_ITEMS:,} values or {_MAX_DEPTH} levels")
        if isinstance(item, dict):
            stack += [(child, depth + 1) for child in item.values()]
        elif isinstance(item, list):
            stack += [(child, depth + 1) for child in item]
    return count
