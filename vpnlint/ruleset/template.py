"""Texts that hold `{CEL}`: what vpnlint and the cluster put in the holes, and what people read there."""

from __future__ import annotations

import json
import re

_HOLE = re.compile(r"\{([^{}]+)\}")
_FIELD = re.compile(r"(?:\w+(?:\[0\])?\.)?(\w+)\Z")


def template_expression(text: str) -> str:
    """Return the CEL expression of a text with `{expression}` holes: `"… " + string(expression) + "…"`."""
    parts = _HOLE.split(text)
    terms = [f"string({part})" if index % 2 else json.dumps(part) for index, part in enumerate(parts) if part]
    return " + ".join(terms) or '""'


def template_holes(text: str) -> list[tuple[int, str]]:
    """Return the CEL expressions in a text, each with the offset at which it starts."""
    return [(match.start(1), match[1]) for match in _HOLE.finditer(text)]


def template_reading(text: str) -> str:
    """Return the text as people read it without a Pod: `{it.name}` is `<name>`, a longer expression `…`."""
    return _HOLE.sub(lambda hole: f"<{match[1]}>" if (match := _FIELD.match(hole[1])) else "…", text)
