"""Three-valued answers about a Pod's surroundings (yes, no, unknown), and how they combine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

Tri: TypeAlias = Literal["yes", "no", "unknown"]


def any_of(answers: Iterable[Tri]) -> Tri:
    """Return `yes` if any answer is `yes`, else `unknown` if any is unknown, else `no`; `no` for none."""
    distinct = set(answers)
    return "yes" if "yes" in distinct else "unknown" if "unknown" in distinct else "no"


def all_of(answers: Iterable[Tri]) -> Tri:
    """Return `no` if any answer is `no`, else `unknown` if any is unknown, else `yes`; `yes` for none."""
    distinct = set(answers)
    return "no" if "no" in distinct else "unknown" if "unknown" in distinct else "yes"


def is_unresolved(text: str) -> bool:
    """Tell whether a text still holds a variable (`${NAME}`) or a template, which makes its value unknown."""
    return "${" in text or "{{" in text
