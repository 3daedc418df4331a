"""The `fix` of a case: changes to the Pod after which the case no longer holds, with `{CEL}` in them."""

from __future__ import annotations

import json
from typing import NamedTuple, get_args

from vpnlint.results.fix import FixAction, FixBase
from vpnlint.ruleset.data_file import make_rule_error, read_condition, refuse_unknown_keys, require_key
from vpnlint.source.node import Node

# The key of the new value, by action.
_VALUE_KEYS = {"set": "to", "rename": "to", "add": "value", "remove": None, "move": "behind", "pin": None}
_OPTIONAL_VALUES = ("behind",)
_STEP_KEYS = ("when", "each", "of", "container", "line")
_FIX_KEYS = ("let", "when", "steps", "safe", "reason")


class StepTemplate(NamedTuple):
    """One change. path is relative to base; value is empty where the step removes something.

    value may hold `{CEL}` unless it is verbatim, which is YAML from the rule's file. when is a CEL condition.
    each is a CEL list of strings: the step applies once for each, as `item`.
    """

    action: FixAction
    path: str
    value: str
    verbatim: bool
    base: FixBase
    when: str
    each: str
    container: str
    line: str
    source: Node


class FixTemplate(NamedTuple):
    """The changes that mend what a case reports, where the CEL condition `when` holds.

    let holds CEL expressions by name, beside those of the rule; the cluster never evaluates them. safe tells
    whether the changes need no review by a person; reason says why they do, or what their consequences are.
    """

    let: tuple[tuple[str, str], ...]
    when: str
    steps: tuple[StepTemplate, ...]
    safe: bool
    reason: str
    source: Node


def read_fixes(node: Node | None) -> tuple[FixTemplate, ...]:
    """Return the fixes of a case; the first whose condition holds is proposed.

    A fix is a mapping with one action, or with several under `steps`; several fixes stand in a list. Raises
    RuleError at the place of the mistake.
    """
    if node is None:
        return ()
    return tuple(map(_read_fix, node.list or [node]))


def _read_fix(node: Node) -> FixTemplate:
    steps = node.get("steps")
    if steps is not None:
        refuse_unknown_keys(node, _FIX_KEYS, "this fix")
        if not steps.list:
            raise make_rule_error(steps, "steps must be a list of at least one change")
    safe = require_key(node, "safe")
    if not isinstance(safe.value, bool):
        raise make_rule_error(safe, "safe must be true or false")
    reason = node.get("reason")
    if not safe.value and reason is None:
        raise make_rule_error(node, "a fix that is not safe needs a reason")
    return FixTemplate(
        let=tuple((name, child.text.strip()) for name, child in node.fields("let").items()),
        when=read_condition(node, "when", "true"),
        steps=tuple(_read_step(step, ()) for step in steps.list)
        if steps is not None
        else (_read_step(node, _FIX_KEYS),),
        safe=safe.value,
        reason=" ".join(reason.text.split()) if reason is not None else "",
        source=node,
    )


def _read_step(node: Node, others: tuple[str, ...]) -> StepTemplate:
    """Return a step. others are the keys that may stand beside its own."""
    actions = [action for action in get_args(FixAction) if action in node.map]
    if len(actions) != 1:
        raise make_rule_error(node, f"a fix has exactly one of the keys {', '.join(get_args(FixAction))}")
    action: FixAction = actions[0]
    value_key = _VALUE_KEYS[action]
    keys = (action, *filter(None, (value_key,)), *_STEP_KEYS, *others)
    refuse_unknown_keys(node, tuple(dict.fromkeys(keys)), "this fix")
    value = node.get(value_key) if value_key is not None else None
    if value is None and value_key is not None and value_key not in _OPTIONAL_VALUES:
        value = require_key(node, value_key)
    verbatim = value is not None and not isinstance(value.value, str)
    return StepTemplate(
        action=action,
        path=require_key(node, action).text,
        value="" if value is None else json.dumps(value.to_plain()) if verbatim else value.text,
        verbatim=verbatim,
        base=_read_base(node.get("of")),
        when=read_condition(node, "when", "true") if not others else "true",
        each=read_condition(node, "each", ""),
        container=read_condition(node, "container", ""),
        line=read_condition(node, "line", ""),
        source=node,
    )


def _read_base(node: Node | None) -> FixBase:
    """Return the base of a step's path: by default the container."""
    if node is None:
        return "container"
    bases: tuple[FixBase, ...] = get_args(FixBase)
    for base in bases:
        if node.value == base:
            return base
    raise make_rule_error(node, f"of must be one of {', '.join(bases)}")
