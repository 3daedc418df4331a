"""The `fix` of a case: an edit that makes the case true no more, as data with `{CEL}` holes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from vpnlint.errors import RuleError
from vpnlint.finding import FixAction
from vpnlint.ruleset import data_file as data
from vpnlint.source.node import Node

# Which of them say what comes there, and under which key.
_VALUE_KEYS = {"set": "to", "rename": "to", "add": "value", "remove": None}


@dataclass(frozen=True)
class FixTemplate:
    """An edit: path is where, relative to the element as in `at`; value is empty where something is removed.

    safe tells whether it can be made without a person looking at it; reason says why not, or what follows
    from it.
    """

    action: FixAction
    path: str
    value: str
    safe: bool
    reason: str
    source: Node


def read_fix(node: Node | None) -> FixTemplate | None:
    """Return the fix of a case, None where it has none. Raises RuleError at the place of what is wrong."""
    if node is None:
        return None
    actions = [action for action in get_args(FixAction) if action in node.map]
    if len(actions) != 1:
        raise _error(node, f"a fix has exactly one of the keys {', '.join(get_args(FixAction))}")
    action: FixAction = actions[0]
    value_key = _VALUE_KEYS[action]
    keys = [key for key in (action, value_key, "safe", "reason") if key is not None]
    for key in node.map:
        if key not in keys:
            raise _error(node.key(key), f"{key!r} is not a key of this fix ({', '.join(keys)})")
    safe = data.require(node, "safe")
    if not isinstance(safe.value, bool):
        raise _error(safe, "safe must be true or false")
    reason = node.get("reason")
    if not safe.value and reason is None:
        raise _error(node, "a fix that is not safe needs a reason")
    return FixTemplate(
        action=action,
        path=data.require(node, action).text,
        value=data.require(node, value_key).text if value_key is not None else "",
        safe=safe.value,
        reason=reason.text if reason is not None else "",
        source=node,
    )


def _error(node: Node, message: str) -> RuleError:
    return RuleError(node.file, message, *node.span[1:3])
