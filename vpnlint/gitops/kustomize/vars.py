"""Kustomize's old `vars`: replaces `$(NAME)` in annotations and containers with a field of an object.

Source: kustomize 5.8.1, api/internal/accumulator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.budget import Budget, measure_object
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.edit import map_values
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import BUILT_IN

# `$$` stands for `$`.
_REFERENCE = defer_pattern(r"\$(?:\$|\(([^)]*)\))")
# The paths of the spec in a Pod, in a kind with a template, and in a CronJob.
_SPECS = tuple(dict.fromkeys((*kind.template, "spec") for kind in BUILT_IN.values()))
# The places of builtinpluginconsts/varreference.go that are a Pod's.
_FIELDS = tuple(
    (kind, *field)
    for kind in ("containers", "initContainers")
    for field in (("args",), ("command",), ("env", "value"), ("volumeMounts", "mountPath"))
)


def fill_vars(declared: Sequence[Node], resources: Sequence[Resource], budget: Budget) -> None:
    """Replace every var in the Pods of the resources; without its object it stays as written.

    Raises InputError if the new texts exceed the budget.
    """
    values = {
        entry.text_at("name"): value
        for entry in declared
        if (value := _find_value(entry, resources)) is not None
    }
    if not values:
        return
    for resource in resources:
        for path in [("metadata", "annotations"), *((*spec, *field) for spec in _SPECS for field in _FIELDS)]:
            resource.node = map_values(resource.node, path, lambda node: _fill_node(node, values, budget))


def _find_value(entry: Node, resources: Sequence[Resource]) -> Node | None:
    kind, name = entry.text_at("objref", "kind"), entry.text_at("objref", "name")
    path = (entry.text_at("fieldref", "fieldpath") or "metadata.name").split(".")
    for resource in resources:
        if resource.kind == kind and name in [known for _, known in resource.identities]:
            return resource.node.get(*path)
    return None


def _fill_node(node: Node, values: Mapping[str, Node], budget: Budget) -> Node:
    if node.map:
        return Node.make({key: _fill_node(child, values, budget) for key, child in node.map.items()}, node)
    if "$" not in node.text:
        return node
    whole = _REFERENCE.fullmatch(node.text)
    if whole is not None and whole[1] in values:
        budget.spend(node, nodes=measure_object(values[whole[1]], node))
        return Node.make(values[whole[1]].value, node)
    # Behind the last bracket nothing is closed: looking for one from every `$(` would take quadratic time.
    end = node.text.rfind(")") + 1

    def fill_in(match: re.Match[str]) -> str:
        text = _expand_reference(match, values)
        budget.spend(node, text=len(text))
        return text

    filled = _REFERENCE.sub(fill_in, node.text[:end])
    filled += node.text[end:].replace("$$", "$")
    return node if filled == node.text else Node.make(filled, node)


def _expand_reference(match: re.Match[str], values: Mapping[str, Node]) -> str:
    if match[1] is None:
        return "$"
    return str(values[match[1]].value) if match[1] in values else match[0]
