"""Evaluates `{{ }}` inside values like the `tpl` function of Helm 3 and 4, if that is possible offline.

vpnlint knows `.Release`, `.Chart.Name`, `.Values` and pure functions. An action that needs anything else
(`lookup`, `.Capabilities` …) is kept as written, so a `{{` in the result means that the value is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from vpnlint.charts.helm.function_names import FUNCTION_NAMES
from vpnlint.source.budget import Budget, Limits
from vpnlint.source.edit import map_strings
from vpnlint.source.go_template.data import PartlyKnown
from vpnlint.source.go_template.dialects import HELM
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.parts import Part, find_calls
from vpnlint.source.go_template.render import Renderer
from vpnlint.source.go_template.syntax import parse_template
from vpnlint.source.node import Node

# The limits for all values of one release. The largest one of the corpus needs a fiftieth.
_LIMITS = Limits(objects=0, nodes=0, text=1 << 22, steps=20_000)


class Template:
    """The data that templates in values can refer to.

    named: the texts of the chart's own templates, for `include`.
    """

    def __init__(
        self, release: Mapping[str, str], chart: Mapping[str, str], values: Node, named: Mapping[str, str]
    ) -> None:
        self.release = release
        self.chart = chart
        self.values = values
        self.named = named

    def expand(self, node: Node) -> Node:
        """Return the Node with each decidable `{{ }}` in its strings replaced, or the Node itself.

        Raises InputError if the values produce more than those of any real chart.
        """
        return map_strings(
            node, lambda text: Node.make(self.expand_text(text.text), text) if "{{" in text.text else text
        )

    def expand_text(self, text: str) -> str:
        """Return the text with each decidable `{{ }}` replaced. Raises InputError like `expand`."""
        try:
            parts = self._renderer.parse(text)
        except Undecidable:
            return text
        try:
            return self._renderer.fill(parts, self._data)
        except Undecidable:
            pass
        if any(not isinstance(part, str) and (part.keyword != "print" or part.variables) for part in parts):
            return text
        return "".join(self._expand_part(part) for part in parts)

    def _expand_part(self, part: Part) -> str:
        if isinstance(part, str):
            return part
        try:
            return self._renderer.fill([part], self._data)
        except Undecidable:
            return part.written

    @cached_property
    def _data(self) -> PartlyKnown:
        return PartlyKnown(
            Values=self.values.to_plain(nulls=False),
            Release=PartlyKnown(self.release),
            Chart=PartlyKnown(self.chart),
        )

    @cached_property
    def _renderer(self) -> Renderer:
        budget = Budget(_LIMITS).allot_part()
        renderer = Renderer(HELM, lambda steps, text: budget.spend(self.values, steps=steps, text=text))
        for name, text in self.named.items():
            renderer.define(name, [text])
        return renderer


def find_undefined_function(text: str) -> str:
    """Return the first function in a text's `{{ }}` that Helm does not have; empty if there is none."""
    try:
        parts = parse_template(text)
    except Undecidable:
        return ""
    return next((name for name in find_calls(parts) if name not in FUNCTION_NAMES), "")
