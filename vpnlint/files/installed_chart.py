"""Where the objects that install charts name them."""

from __future__ import annotations

from vpnlint.source.node import Node

# By the API: helm.toolkit.fluxcd.io/v2 (chart.spec, chartRef), argoproj.io (source), helm.cattle.io/v1
# (chart), helm.fluxcd.io/v1 (chart.name), addons.cluster.x-k8s.io (chartName).
_PATHS = (
    ("spec", "chart", "spec", "chart"),
    ("spec", "chartRef", "name"),
    ("spec", "source", "chart"),
    ("spec", "chart"),
    ("spec", "chart", "name"),
    ("spec", "chartName"),
)


def find_chart_name(root: Node) -> str:
    """Return the last part of the chart's name as an object's own fields tell it; empty if they do not."""
    for path in _PATHS:
        if name := root.text_at(*path):
            return name.rstrip("/").rsplit("/")[-1]
    return ""
