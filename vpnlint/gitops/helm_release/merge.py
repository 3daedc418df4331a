"""Values of a chart, read and merged as Helm does, each Node at its own place.

Source: helm.sh/helm/v4 4.2.2, pkg/cli/values/options.go (MergeValues), which fluxcd/pkg/chartutil v1.28.0
(merge.go) copies.
"""

from __future__ import annotations

from vpnlint.errors import InputError
from vpnlint.source.document import Document, parse_embedded
from vpnlint.source.node import Node
from vpnlint.source.scalars import resolve_helm_scalar


def read_values(data: Node) -> Node:
    """Return the mapping in the first document of a values file, which is all that Helm reads.

    Raises InputError if it is not YAML or not a mapping.
    """
    documents = list(parse_embedded(data, resolve_helm_scalar))
    document = documents[0] if documents else Document(Node.make({}, data))
    if isinstance(document, InputError):
        raise document
    if not isinstance(document.root.value, dict):
        if document.root.value is None:
            return Node.make({}, data)
        raise InputError(data.file, "the values must be a mapping", *document.root.span[1:3])
    return document.root


def coalesce_values(under: Node, over: Node) -> Node:
    """Return two mappings merged.

    Nested mappings are merged, too; anything else in `over` replaces the value in `under`.
    """
    result = dict(under.map)
    for key, node in over.map.items():
        own = result.get(key)
        both = own is not None and isinstance(own.value, dict) and isinstance(node.value, dict)
        result[key] = coalesce_values(own, node) if own is not None and both else node
    return Node.make(result, over)


def copy_values(node: Node) -> Node:
    """Return a copy whose mappings and lists can be changed."""
    if isinstance(node.value, dict):
        return Node.make({key: copy_values(child) for key, child in node.value.items()}, node)
    if isinstance(node.value, list):
        return Node.make([copy_values(child) for child in node.value], node)
    return node
