"""Yes, no and what cannot be told: the three answers about what stands around a Pod, and how they add up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

Tri: TypeAlias = Literal["yes", "no", "unknown"]


def any_of(answers: Iterable[Tri]) -> Tri:
    """Return `yes` if one is, else `unknown` if one is, else `no`."""
    found = set(answers)
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def all_of(answers: Iterable[Tri]) -> Tri:
    """Return `no` if one is, else `unknown` if one is, else `yes`."""
    found = set(answers)
    return "no" if "no" in found else "unknown" if "unknown" in found else "yes"


def is_unresolved(text: str) -> bool:
    """Tell whether a text still holds a variable (`${NAME}`) or a template, so that its value is unknown."""
    return "${" in text or "{{" in text
