"""The values that a chart's templates hand to a library which vpnlint renders by itself.

Most such charts only call the library. Some change `.Values` before they do: a container, or the VPN, may
stand in the template and not in the values. Sources: templates/common.yaml in charts/other/app-template of
github.com/bjw-s-labs/helm-charts (app-template.hardcodedValues), in charts/stable/qbittorrent of
github.com/k8s-at-home/charts, and in TrueCharts' charts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.gitops.helm_release.chart_templates import ChartTemplates
from vpnlint.source.budget import Budget
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.go_template.data import Value
from vpnlint.source.go_template.dialects import HELM
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer
from vpnlint.source.node import Node
from vpnlint.source.origins import Origins
from vpnlint.source.scalars import resolve_helm_scalar

_CHANGES = defer_pattern(r"\{\{[^}]*\b(?:set|unset|(?:mustM|m)erge(?:Overwrite)?)\b[^}]*\.Values\b")
# Templates of the libraries: those that prepare the values, those that render, and the chart's full name.
_PREPARE = (
    "bjw-s.common.loader.init",
    "common.values.init",
    "common.values.setup",
    "tc.common.loader.init",
    "tc.v1.common.loader.init",
)
_RENDER = (
    "bjw-s.common.loader.all",
    "bjw-s.common.loader.generate",
    "common.all",
    "tc.common.loader.all",
    "tc.common.loader.apply",
    "tc.v1.common.loader.all",
    "tc.v1.common.loader.apply",
)
_FULL_NAME = (
    "bjw-s.common.lib.chart.names.fullname",
    "common.names.fullname",
    "tc.v1.common.lib.chart.names.fullname",
)


class HandedValues(NamedTuple):
    """The values that a library is given.

    reason: why they are unknown; empty if they are known. failed: the template that cannot be filled in.
    """

    values: Node
    reason: str = ""
    failed: Node | None = None


def read_handed_values(
    templates: ChartTemplates, values: Node, chart: Node, name: str, namespace: str, budget: Budget
) -> HandedValues:
    """Return the values that a chart's library is given; what no template changes is the Node of before.

    The arguments are those of ChartTemplates.render. Raises InputError where the budget is spent.
    """
    if not any(_CHANGES.search(text.text) for text in templates.own):
        return HandedValues(values)
    handed: list[Value] = []

    def hand_over(given: Value) -> str:
        handed.append(deepcopy(given))
        return ""

    renderer = Renderer(HELM, _make_pay(chart, budget), {"handOver": hand_over})
    data = templates.make_data(values, chart, name, namespace)
    # The libraries' own values have it.
    data["Values"].setdefault("global", {})
    for text in (*templates.shared, *templates.own):
        try:
            renderer.parse(text.text)
        except Undecidable:
            continue  # a template that matters is parsed once more below
    for title in _PREPARE:
        renderer.define(title, ())
    for title in _RENDER:
        renderer.define(title, renderer.parse("{{ handOver .Values }}"))
    for title in _FULL_NAME:
        renderer.define(title, renderer.parse("{{ .Release.Name }}"))
    for text in templates.own:
        if os.path.basename(text.file).startswith("_") or handed:
            continue
        try:
            renderer.render(text.text, data)
        except Undecidable as error:
            if any(title in text.text for title in _RENDER):
                reason = f"its template {os.path.basename(text.file)} cannot be filled in offline: {error}"
                return HandedValues(values, reason, text)
        if handed:
            return HandedValues(_keep_places(values, _place(handed[0], values, text)))
    return HandedValues(values)


def _make_pay(chart: Node, budget: Budget) -> Callable[[int, int], None]:
    return lambda steps, text: budget.spend(chart, steps=steps, text=text)


def _place(handed: Value, values: Node, template: Node) -> Node:
    """Return plain values as a Node, each at the value or the line of the template with its text."""
    (document,) = parse_documents(json.dumps(handed), "helm", resolve=resolve_helm_scalar)
    if isinstance(document, Document):
        return Origins(values, template).place_object(document.root)
    raise InputError(template.file, document.message, 1, 1)


def _keep_places(before: Node | None, after: Node) -> Node:
    """Return values after a change, with the Nodes of before wherever nothing changed."""
    if before is None:
        return after
    if isinstance(before.value, dict) and isinstance(after.value, dict):
        return Node.make(
            {key: _keep_places(before.get(key), node) for key, node in after.map.items()}, before
        )
    return before if before.to_plain(nulls=False) == after.to_plain(nulls=False) else after
