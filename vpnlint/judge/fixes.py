"""Builds the fix that a rule's case proposes, with the places of the fields that it changes."""

from __future__ import annotations

from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.judge.field_path import find_child, find_object, find_value, names_object
from vpnlint.results.fix import Fix, FixBase, FixStep
from vpnlint.ruleset.compiled import CompiledCase
from vpnlint.ruleset.fix_template import StepTemplate
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload


def propose_fix(
    case: CompiledCase,
    values: Any,  # noqa: ANN401  (cel.Activation, which has no types)
    workload: Workload,
    container: str | None,
    objects: Objects,
) -> Fix | None:
    """Return the first fix of a case whose condition holds, None if there is none.

    values: the element that the case is about. container: its name, None if it is the Pod. objects: those
    that are applied with the workload. Raises RuleError if a fix cannot be evaluated.
    """
    for template, expression in case.fixes:
        changes = expression.evaluate(values)
        steps = [
            _make_step(
                step,
                *_find_start(path, _find_base(step.base, workload, name or container), objects),
                value,
                line,
            )
            for step, pairs in zip(template.steps, changes, strict=False)
            for path, value, name, line in pairs
        ]
        if steps:
            return Fix(tuple(steps), template.safe, template.reason)
    return None


def _find_base(base: FixBase, workload: Workload, container: str | None) -> Node:
    """Return the Node that a step's path is relative to."""
    if base == "workload":
        return workload.object or workload.source
    template = workload.template or workload.source
    if base == "pod":
        return template
    named = (node for node in workload.containers if node.text_at("name") == container)
    return next(named, template)


def _find_start(path: str, base: Node, objects: Objects) -> tuple[str, Node]:
    """Return a path and the Node where it starts: another object if it names one, else the base."""
    if names_object(path):
        rest, root = find_object(path, objects)
        if root is not None:
            return rest, root
    return path, base


def _make_step(template: StepTemplate, path: str, base: Node, value: str, line: str) -> FixStep:
    keys = []
    found = []
    node: Node | None = base
    rest = path
    while rest:
        child = find_child(node, rest) if node is not None else None
        if child is None:
            # A key that does not exist yet has no dots; a rule adds others as part of a value.
            keys += rest.split(".")
            break
        key, node = child
        keys.append(key)
        found.append(node)
        rest = rest[len(key) + 1 :]
    last = found[-1] if found else base
    complete = len(found) == len(keys)
    end = find_value(last) if complete and path else None
    return FixStep(
        action=template.action,
        path=path,
        value=value,
        base=template.base,
        place=base.span,
        keys=tuple(keys),
        found=tuple(node.span for node in (*found[:-1], *((end or last,) if found else ()))),
        siblings=tuple(find_value(child).span for child in (*last.list, *last.map.values())),
        current=end.scalar_text if end is not None and not (end.map or end.list) else None,
        line=line,
    )
