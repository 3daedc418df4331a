"""Texts with `{CEL}` holes: as CEL expressions, and as people read them without a Pod."""

from __future__ import annotations

import json

from vpnlint.source.deferred_pattern import defer_pattern

_HOLE = defer_pattern(r"\{([^{}]+)\}")
_FIELD = defer_pattern(r"(?:\w+(?:\[0\])?\.)?(\w+)\Z")


def build_expression(text: str) -> str:
    """Return a text with `{expression}` holes as CEL: `"… " + string(expression) + "…"`."""
    parts = _HOLE.split(text)
    terms = [f"string({part})" if index % 2 else json.dumps(part) for index, part in enumerate(parts) if part]
    return " + ".join(terms) or '""'


def find_holes(text: str) -> list[tuple[int, str]]:
    """Return the CEL expressions in a text, each with the offset at which it starts."""
    return [(match.start(1), match[1]) for match in _HOLE.finditer(text)]


def describe_template(text: str) -> str:
    """Return the text for readers without a Pod: `{it.name}` as `<name>`, a longer expression as `…`."""
    return _HOLE.sub(lambda hole: f"<{match[1]}>" if (match := _FIELD.match(hole[1])) else "…", text)
