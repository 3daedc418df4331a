"""Settings of the catalogue: what their values mean, and which images and versions read them."""

from __future__ import annotations

import re
from typing import Any

from vpnlint.ruleset.data_file import make_rule_error, read_plain, require_key
from vpnlint.ruleset.image_names import NEWEST, read_version
from vpnlint.source.node import Node


def read_setting(node: Node) -> dict[str, Any]:
    """Return a setting as the view reads it; a condition without image, from and below always holds."""
    off, only = read_plain(node, "off", []), read_plain(node, "only", "")
    default = str(read_plain(node, "default", ""))
    is_off = re.search(only, default) is None if only else default.lower() in {*off, "off", "no", "false"}
    return {
        "means": require_key(node, "means").text,
        "form": require_key(node, "form").text,
        "off": off,
        "only": only,
        "default": default,
        "defaultOn": bool(default) and not is_off,
        "instead": read_plain(node, "instead", ""),
        "on": read_plain(node, "on", ["on"]),
        "needs": read_plain(node, "needs", []),
        "ends": read_plain(node, "ends", ""),
        "honoured": read_conditions(node),
    }


def read_conditions(node: Node) -> list[dict[str, Any]]:
    """Return the conditions under which a setting is read: an image, and a range of versions."""
    return [
        {"image": read_plain(item, "image", ""), **read_range(item)}
        for item in require_key(node, "honoured").list
    ]


def read_range(node: Node) -> dict[str, int]:
    """Return the range of versions from one on and below another; all versions where neither is named."""
    return {"from": _read_version(node.get("from"), 0), "below": _read_version(node.get("below"), NEWEST + 1)}


def _read_version(node: Node | None, default: int) -> int:
    if node is None:
        return default
    version = read_version(str(node.value))
    if version is None:
        raise make_rule_error(node, f"{node.value!r} is not a version such as 3.39.0")
    return version
