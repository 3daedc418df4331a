"""Flux Operator's ResourceSet: each of its resources for each of its inputs (flux-operator v0.30, docs/api/v1/resourceset.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vpnlint.source.document import Document, parse_within
from vpnlint.source.edit import text
from vpnlint.source.node import Node

# The plain field alone; functions and conditions stay as they are written, and so do not become a path or an image.
_FIELD = re.compile(r"<<\s*inputs\.([\w.]+)\s*(?:\|\s*quote\s*)?>>")
_GROUP = "fluxcd.controlplane.io/"


def is_resource_set(node: Node) -> bool:
    """Tell whether an object is a ResourceSet."""
    return text(node, "kind") == "ResourceSet" and text(node, "apiVersion").startswith(_GROUP)


def expand(node: Node) -> Iterator[Node]:
    """Yield the objects that a ResourceSet makes: each resource once for each of its inputs, once where it has none."""
    inputs = node.get("spec", "inputs")
    given = [_flat(item) for item in inputs.list] if inputs is not None and inputs.list else [{}]
    listed = node.get("spec", "resources")
    template = node.get("spec", "resourcesTemplate")
    for values in given:
        for resource in listed.list if listed is not None else []:
            yield _filled(resource, values)
        if template is not None:
            for document in parse_within(_filled(template, values)):
                if isinstance(document, Document):
                    yield document.root


def _flat(item: Node, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, child in item.map.items():
        found |= _flat(child, f"{prefix}{key}.") if child.map else {f"{prefix}{key}": str(child.value)}
    return found


def _filled(node: Node, values: Mapping[str, str]) -> Node:
    if node.map:
        return Node.made({key: _filled(child, values) for key, child in node.map.items()}, node)
    if node.list:
        return Node.made([_filled(child, values) for child in node.list], node)
    if "<<" in node.text:
        return Node.made(_FIELD.sub(lambda match: _value(match, values), node.text), node)
    return node


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    return values.get(match[1], match[0])
