"""The parameters that the generators of an ApplicationSet yield, as Argo CD names and compares them.

Source: argo-cd v3.5, applicationset/utils/utils.go and applicationset/generators/{git,merge}.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from vpnlint.errors import InputError
from vpnlint.gitops.helm_release.merge import read_values
from vpnlint.source.document import parse_embedded
from vpnlint.source.node import Node

Parameters: TypeAlias = dict[str, Any]


def read_parameter_sets(text: Node) -> list[Node]:
    """Return the items of a text's first document: of a list its items, otherwise its one mapping.

    An empty document is one empty mapping, as in applicationset/generators/git.go
    (generateParamsFromGitFile). Raises InputError where it is neither.
    """
    first = next(parse_embedded(text), None)
    if isinstance(first, InputError):
        raise first
    if first is None or not isinstance(first.root.value, list):
        return [read_values(text)]
    for item in first.root.list:
        if item.value is not None and not isinstance(item.value, dict):
            raise item.error("this is no mapping of parameters")
    items = [item if item.value is not None else Node.make({}, item) for item in first.root.list]
    return items or [Node.make({}, text)]


def flatten_parameters(value: object, prefix: str = "") -> Parameters:
    """Return nested data as texts with dotted names: `{"a": {"b": 1}}` → `{"a.b": "1"}`."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = {str(number): item for number, item in enumerate(value)}.items()
    elif value is None:
        return {prefix: ""}
    else:
        return {prefix: str(value).lower() if isinstance(value, bool) else str(value)}
    flat: Parameters = {}
    for key, item in pairs:
        flat |= flatten_parameters(item, f"{prefix}.{key}" if prefix else str(key))
    return flat


def identify_parameters(parameters: Parameters, keys: Sequence[str]) -> str:
    """Return the values of the merge keys as one text that equals that of parameters to be merged."""
    return json.dumps([_find_parameter(parameters, key) for key in keys], sort_keys=True, default=str)


def normalize_name(name: str) -> str:
    """Return a name as DNS allows it (applicationset/utils, SanitizeName)."""
    return re.sub(r"[^-a-z0-9.]", "-", name.lower())[:253].strip("-.")


def _find_parameter(parameters: Parameters, key: str) -> object:
    """Return a parameter by its name, which may lead into mappings."""
    if key in parameters:
        return parameters[key]
    value: object = parameters
    for step in key.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
