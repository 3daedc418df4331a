"""The `fix` of a case: changes of the Pod that make the case true no more, as data with `{CEL}` holes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import get_args

from vpnlint.errors import RuleError
from vpnlint.finding import FixAction, FixBase
from vpnlint.ruleset import data_file as data
from vpnlint.source.node import Node

# The key that says what comes there, by action.
_VALUE_KEYS = {"set": "to", "rename": "to", "add": "value", "remove": None, "move": None, "pin": None}
_STEP_KEYS = ("when", "each", "of")
_FIX_KEYS = ("let", "when", "steps", "safe", "reason")


@dataclass(frozen=True)
class StepTemplate:
    """One change. path is relative to base; value is empty where something is removed.

    value holds `{CEL}`, unless it is verbatim: YAML in the rule's file itself. when is a CEL condition; each
    is a CEL list of strings, for each of which, as `item`, the step is taken.
    """

    action: FixAction
    path: str
    value: str
    verbatim: bool
    base: FixBase
    when: str
    each: str
    source: Node


@dataclass(frozen=True)
class FixTemplate:
    """The changes that mend what a case says, where the CEL condition `when` holds.

    let holds named CEL expressions besides those of the rule, which the cluster never evaluates.
    safe tells whether they can be made without a person looking at them; reason says why not, or what follows
    from them.
    """

    let: tuple[tuple[str, str], ...]
    when: str
    steps: tuple[StepTemplate, ...]
    safe: bool
    reason: str
    source: Node


def read_fixes(node: Node | None) -> tuple[FixTemplate, ...]:
    """Return the fixes of a case, of which the first whose condition holds counts; none where it has none.

    A fix is a mapping with one action, or with several under `steps`; several fixes stand in a list. Raises
    RuleError at the place of what is wrong.
    """
    if node is None:
        return ()
    return tuple(map(_read_fix, node.list or [node]))


def _read_fix(node: Node) -> FixTemplate:
    steps = node.get("steps")
    if steps is not None:
        _refuse_unknown(node, _FIX_KEYS)
        if not steps.list:
            raise _error(steps, "steps must be a list of at least one change")
    safe = data.require(node, "safe")
    if not isinstance(safe.value, bool):
        raise _error(safe, "safe must be true or false")
    reason = node.get("reason")
    if not safe.value and reason is None:
        raise _error(node, "a fix that is not safe needs a reason")
    return FixTemplate(
        let=tuple((name, child.text.strip()) for name, child in node.fields("let").items()),
        when=_text(node, "when", "true"),
        steps=tuple(_read_step(step, ()) for step in steps.list)
        if steps is not None
        else (_read_step(node, _FIX_KEYS),),
        safe=safe.value,
        reason=" ".join(reason.text.split()) if reason is not None else "",
        source=node,
    )


def _read_step(node: Node, others: tuple[str, ...]) -> StepTemplate:
    """Return a step; others are the keys that may stand beside it."""
    actions = [action for action in get_args(FixAction) if action in node.map]
    if len(actions) != 1:
        raise _error(node, f"a fix has exactly one of the keys {', '.join(get_args(FixAction))}")
    action: FixAction = actions[0]
    value_key = _VALUE_KEYS[action]
    _refuse_unknown(node, tuple(dict.fromkeys((action, *filter(None, (value_key,)), *_STEP_KEYS, *others))))
    value = data.require(node, value_key) if value_key is not None else None
    verbatim = value is not None and not isinstance(value.value, str)
    return StepTemplate(
        action=action,
        path=data.require(node, action).text,
        value="" if value is None else json.dumps(value.plain()) if verbatim else value.text,
        verbatim=verbatim,
        base=_base(node.get("of")),
        when=_text(node, "when", "true") if not others else "true",
        each=_text(node, "each", ""),
        source=node,
    )


def _base(node: Node | None) -> FixBase:
    """Return what a step's path is relative to: the container, unless it says something else."""
    if node is None:
        return "container"
    bases: tuple[FixBase, ...] = get_args(FixBase)
    for base in bases:
        if node.value == base:
            return base
    raise _error(node, f"of must be one of {', '.join(bases)}")


def _refuse_unknown(node: Node, keys: tuple[str, ...]) -> None:
    for key in node.map:
        if key not in keys:
            raise _error(node.key(key), f"{key!r} is not a key of this fix ({', '.join(keys)})")


def _text(node: Node, key: str, default: str) -> str:
    child = node.get(key)
    if child is None:
        return default
    if isinstance(child.value, bool):
        return str(child.value).lower()
    if not child.text.strip():
        raise _error(child, f"{key} must be a CEL expression")
    return child.text.strip()


def _error(node: Node, message: str) -> RuleError:
    return RuleError(node.file, message, *node.span[1:3])
