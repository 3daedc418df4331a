"""A chart on bjw-s' common 1.5.1 → the objects that app-template 1 would make of its values.

Source: github.com/gabe565/charts, charts/qbittorrent/Chart.yaml 0.4.1 and templates/common.yaml, which loads
the library and nothing else. Such a chart sets an image and a time zone by itself.
"""

from __future__ import annotations

from vpnlint.charts.app_template.v1 import render_version_1
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node


def render_common_1(release: Release) -> list[Node]:
    """Return the controller of a release and what stands beside it.

    Raises UnknownChart where the image is the chart's own, and where the library refuses the values.
    """
    if not release.values.text_at("image", "repository"):
        raise UnknownChart(f"the image that the chart {release.chart} sets by itself is not known offline")
    try:
        return render_version_1(release)
    except ValueError as error:
        raise UnknownChart(str(error)) from error
