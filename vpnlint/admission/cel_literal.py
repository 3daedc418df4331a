"""Plain data → a CEL literal that the API server's type checker accepts.

The entries of a map and the items of a list must have one type (HomogeneousAggregateLiterals in
k8s.io/apiserver v0.36.3, pkg/cel/environment/base.go); otherwise each is wrapped in dyn().
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

# cel-go copies all types that it has inferred in an expression at each call, map entry and list item, and
# each dyn() adds one (cel-go v0.30.0, checker/mapping.go): one large literal costs the square of its size. So
# tables become variables of their own, down to this level.
_LEVELS = 2
_quote = json.JSONEncoder(ensure_ascii=False).encode


def write_literal(value: Any) -> str:  # noqa: ANN401  (plain data of any shape)
    """Return the CEL literal of a string, number, bool, list or dict with string keys."""
    return _typed(value)[0]


def write_variables(name: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    """Return a constant as CEL variables (name, expression), the last of which has the given name."""
    variables: list[tuple[str, str]] = []
    _split(name, value, _LEVELS, variables)
    return variables


def _split(name: str, value: object, levels: int, variables: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the text that stands for a value and its type's name, adding a variable if it needs dyn()."""
    text, kind = _typed(value)
    if "dyn(" not in text:
        if levels == _LEVELS:
            variables.append((name, text))
        return text, kind
    if levels and isinstance(value, dict):
        parts = [
            _split(f"{name}_{re.sub('[^A-Za-z0-9]', '_', key)}", item, levels - 1, variables)
            for key, item in value.items()
        ]
        text, _ = _map(value, parts)
    variables.append((name, text))
    return f"variables.{name}", kind


def _typed(value: Any) -> tuple[str, str]:  # noqa: ANN401  (plain data of any shape)
    """Return the literal and a name for its type; an empty list or map has a type of its own."""
    if not isinstance(value, dict | list):
        return _quote(value), type(value).__name__
    if isinstance(value, dict):
        return _map(value, list(map(_typed, value.values())))
    texts, kinds = _of_one_type(list(map(_typed, value)))
    return "[" + ", ".join(texts) + "]", f"list{sorted(kinds)}"


def _map(keys: Iterable[str], values: Sequence[tuple[str, str]]) -> tuple[str, str]:
    texts, kinds = _of_one_type(values)
    entries = (f"{_quote(key)}: {text}" for key, text in zip(keys, texts, strict=True))
    return "{" + ", ".join(entries) + "}", f"map{sorted(kinds)}"


def _of_one_type(values: Sequence[tuple[str, str]]) -> tuple[list[str], set[str]]:
    """Return the texts, each in dyn() where the types differ, and the type that they have in common."""
    texts, kinds = [text for text, _ in values], {kind for _, kind in values}
    return ([f"dyn({text})" for text in texts], {"dyn"}) if len(kinds) > 1 else (texts, kinds)
