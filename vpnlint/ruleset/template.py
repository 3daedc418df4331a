"""The texts of a rule that hold `{CEL}`: what vpnlint and the cluster put in the holes."""

from __future__ import annotations

import json
import re

HOLE = re.compile(r"\{([^{}]+)\}")


def expression(text: str) -> str:
    """Return the CEL expression of a text with `{expression}` holes: `"… " + string(expression) + "…"`."""
    parts = HOLE.split(text)
    terms = [f"string({part})" if index % 2 else json.dumps(part) for index, part in enumerate(parts) if part]
    return " + ".join(terms) or '""'
