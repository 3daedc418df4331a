"""Plain data → a CEL literal that the API server's type checker accepts.

The entries of a map and the items of a list must have one type (HomogeneousAggregateLiterals in
k8s.io/apiserver v0.36.3, pkg/cel/environment/base.go); otherwise each is wrapped in dyn().
"""

from __future__ import annotations

import json
from typing import Any


def write_literal(value: Any) -> str:  # noqa: ANN401  (plain data of any shape)
    """Return the CEL literal of a string, number, bool, list or dict with string keys."""
    return _typed(value)[0]


def _typed(value: Any) -> tuple[str, str]:  # noqa: ANN401  (plain data of any shape)
    """Return the literal and a name for its type; an empty list or map has a type of its own."""
    if not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False), type(value).__name__
    typed = list(map(_typed, value.values() if isinstance(value, dict) else value))
    texts, kinds = [text for text, _ in typed], {kind for _, kind in typed}
    if len(kinds) > 1:
        texts, kinds = [f"dyn({text})" for text in texts], {"dyn"}
    if isinstance(value, dict):
        texts = [
            f"{json.dumps(key, ensure_ascii=False)}: {text}" for key, text in zip(value, texts, strict=True)
        ]
        return "{" + ", ".join(texts) + "}", f"map{sorted(kinds)}"
    return "[" + ", ".join(texts) + "]", f"list{sorted(kinds)}"
