"""Merges and reads the values of a chart on a common library: the user's over the chart's defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping

from vpnlint.charts.helm.values import make_node
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar

# Stands for a default of the chart that the repository does not hold, written like an unresolved variable.
CHART_DEFAULT = "${CHART_DEFAULT}"

_VERSION = defer_pattern(r"\d+(?:\.\d+)*")


def merge_library_values(defaults: object, values: Node | None, origin: Node) -> Node:
    """Return `values` over `defaults`, key by key as sprig's mergeOverwrite does; null overrides.

    A field that only the defaults have is placed at the nearest mapping of `values`, or at `origin`.
    """
    if values is None:
        return make_node(defaults, origin)
    if isinstance(defaults, Node):
        defaults = defaults.value
    if not isinstance(defaults, Mapping) or not isinstance(values.value, dict):
        return values
    keys = [*values.value, *(key for key in defaults if key not in values.value)]
    return Node.make(
        {key: merge_library_values(defaults.get(key), values.value.get(key), values) for key in keys}, values
    )


def overlay_library_values(below: Node, above: Node | None) -> Node:
    """Return the mapping `above` over `below`, key by key, or `below` if `above` is None."""
    return below if above is None else merge_library_values(below.map, above, below)


def is_switched_on(node: Node | None, name: str) -> bool:
    """Tell whether `if` in a Go template takes a value for true: any text but the empty one, even "false".

    Raises UnknownChart, whose message calls the value `name`, if the text still holds a variable of Flux.
    """
    if node is None:
        return False
    if "${" in node.text:
        raise UnknownChart(f"{name} is {node.text}, whose value the repository does not hold")
    return bool(node.value)


def format_scalar(node: Node) -> str:
    """Return the text of a scalar without Go's exponents; empty for a mapping or a list."""
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return "" if isinstance(value, dict | list) else format_helm_scalar(value)


def select_fields(node: Node | None, *keys: str) -> dict[str, Node]:
    """Return the fields of a mapping with these keys, without empty ones."""
    fields = node.map if node is not None else {}
    return {key: fields[key] for key in keys if key in fields and fields[key].value}


def read_volume_type(item: Node) -> str:
    """Return the type of an item of `persistence`; a claim (`pvc`) if it names none."""
    return item.text_at("type") or "pvc"


def read_chart_version(release: Release) -> tuple[float, ...]:
    """Return the chart's version as three numbers; a part that a constraint leaves open is infinite."""
    version = _VERSION.search(release.version)
    numbers = [float(part) for part in version[0].split(".")] if version else []
    return (*numbers, *[math.inf] * (3 - len(numbers)))
