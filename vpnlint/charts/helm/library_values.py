"""The values of a chart on a common library: the library's and the chart's defaults under the user's."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from vpnlint.charts.helm.values import make_node
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar

# What the chart's own values hold but the repository does not: written like an unsubstituted variable.
CHART_DEFAULT = "${CHART_DEFAULT}"

_VERSION = re.compile(r"\d+(?:\.\d+)*")


def merge_library_values(defaults: object, given: Node | None, origin: Node) -> Node:
    """Return `given` over `defaults`, key by key as sprig's mergeOverwrite does; null overrides.

    What only the defaults have points at the nearest mapping that was given, or at `origin`.
    """
    if given is None:
        return make_node(defaults, origin)
    if isinstance(defaults, Node):
        defaults = defaults.value
    if not isinstance(defaults, Mapping) or not isinstance(given.value, dict):
        return given
    keys = [*given.value, *(key for key in defaults if key not in given.value)]
    return Node.make(
        {key: merge_library_values(defaults.get(key), given.value.get(key), given) for key in keys}, given
    )


def overlay_library_values(below: Node, above: Node | None) -> Node:
    """Return the mapping `above` over `below`, key by key; `below` where there is no other."""
    return below if above is None else merge_library_values(below.map, above, below)


def set_value(node: Node, path: tuple[str, ...], value: Node) -> Node:
    """Return a copy of the mapping `node` with `value` at `path`; mappings missing on the way are made."""
    if not path:
        return value
    child = node.map.get(path[0]) or Node.make({}, node)
    return Node.make({**node.map, path[0]: set_value(child, path[1:], value)}, node)


def is_truthy(node: Node | None, name: str) -> bool:
    """Tell what Go templates' `if` makes of a value: any text but the empty one is true, even "false".

    Raises UnknownChart, which calls the value `name`, for text that Flux would substitute first.
    """
    if node is None:
        return False
    if "${" in node.text:
        raise UnknownChart(f"{name} is {node.text}, which the repository does not tell")
    return bool(node.value)


def format_scalar(node: Node) -> str:
    """Return the text of a scalar without Go's exponents; nothing for a mapping or a sequence."""
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return "" if isinstance(value, dict | list) else format_helm_scalar(value)


def select_fields(node: Node | None, *keys: str) -> dict[str, Node]:
    """Return those of the mapping's fields that are there and not empty."""
    fields = node.map if node is not None else {}
    return {key: fields[key] for key in keys if key in fields and fields[key].value}


def read_chart_version(release: Release) -> tuple[float, ...]:
    """Return the chart's version as three numbers; what a constraint leaves open is infinite: the newest."""
    found = _VERSION.search(release.version)
    numbers = [float(part) for part in found[0].split(".")] if found else []
    return (*numbers, *[math.inf] * (3 - len(numbers)))
