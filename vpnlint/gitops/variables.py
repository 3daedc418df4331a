"""Kustomize's old `vars`: `$(NAME)` in containers, filled with a field of an object (5.8.1, api/internal/accumulator)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vpnlint.gitops.fields import each, text
from vpnlint.gitops.resource import Resource
from vpnlint.node import Node

_REFERENCE = re.compile(r"\$\(([-_.A-Za-z][-_.A-Za-z0-9]*)\)")
_SPECS = (
    ("spec",),
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
)
# The places of builtinpluginconsts/varreference.go that are a Pod's.
_FIELDS = tuple(
    (kind, *field)
    for kind in ("containers", "initContainers")
    for field in (("args",), ("command",), ("env", "value"), ("volumeMounts", "mountPath"))
)


def fill(declared: Sequence[Node], resources: Sequence[Resource]) -> None:
    """Fill every variable in the Pods of the resources; one whose object is not there stays as written."""
    values = {
        text(entry, "name"): value for entry in declared if (value := _value(entry, resources)) is not None
    }
    if not values:
        return
    for resource in resources:
        for spec in _SPECS:
            for field in _FIELDS:
                resource.node = each(resource.node, (*spec, *field), lambda node: _filled(node, values))


def _value(entry: Node, resources: Sequence[Resource]) -> Node | None:
    kind, name = text(entry, "objref", "kind"), text(entry, "objref", "name")
    path = (text(entry, "fieldref", "fieldpath") or "metadata.name").split(".")
    for resource in resources:
        if resource.kind == kind and name in [known for _, known in resource.identities]:
            return resource.node.get(*path)
    return None


def _filled(node: Node, values: Mapping[str, Node]) -> Node:
    if not node.text or "$(" not in node.text:
        return node
    filled = _REFERENCE.sub(
        lambda match: str(values[match[1]].value) if match[1] in values else match[0], node.text
    )
    return node if filled == node.text else Node.made(filled, node)
