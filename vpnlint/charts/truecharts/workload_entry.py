"""Defines WorkloadEntry: one entry of `workload` in TrueCharts' values, and the release around it.

Source: common 24.1.9, github.com/truecharts/library-charts, library/common/templates/lib/util/_enabled.tpl,
lib/pod.
"""

from __future__ import annotations

from dataclasses import dataclass

from vpnlint.charts.helm.library_values import overlay_library_values
from vpnlint.charts.helm.template import Template
from vpnlint.charts.helm.values import make_node
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node


@dataclass(frozen=True)
class WorkloadEntry:
    """One entry of `workload`, and the parts of the release that its Pod depends on."""

    release: Release
    values: Node
    template: Template
    fullname: str
    name: str
    node: Node

    @property
    def pod(self) -> Node:
        """The workload's podSpec."""
        return self.node.map.get("podSpec") or make_node({}, self.node)

    def get_option(self, key: str) -> Node | None:
        """Return a Pod option: the workload's own, else that of all Pods."""
        return self.pod.map.get(key) or self.values.get("podOptions", key)

    def make_object_name(self, name: str, expand: Node | None) -> str:
        """Return an object's full name. expand: `expandObjectName`, which drops the prefix if it is false."""
        own = expand is None or expand.value not in (False, "false")
        return f"{self.fullname}-{name}" if own else name

    def merge_pod_security(self) -> Node:
        """Return the Pod's securityContext: the workload's own over that of all Pods."""
        everywhere = self.values.get("securityContext", "pod") or make_node({}, self.values)
        return overlay_library_values(everywhere, self.pod.map.get("securityContext"))


def is_entry_enabled(template: Template, node: Node, name: str) -> bool:
    """Tell whether the chart renders an entry.

    Raises UnknownChart, whose message calls the entry `name`, if Helm refuses it or only Flux knows.
    """
    switch = node.map.get("enabled")
    if switch is None or switch.value is None:
        raise UnknownChart(f"Helm refuses {name}: it has no `enabled`")
    value = template.expand(switch).value
    if value in ("true", "false"):
        return value == "true"
    if not isinstance(value, bool):
        raise UnknownChart(f"{name}.enabled is {value!r}, whose value the repository does not hold")
    return value
