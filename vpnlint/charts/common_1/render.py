"""Renders gabe565's charts on bjw-s' common 1.5.1 like app-template 1.

Such a chart only adds an image and a time zone to the library. Source: github.com/gabe565/charts,
charts/qbittorrent/Chart.yaml 0.4.1 and templates/common.yaml, which loads the library and nothing else.
"""

from __future__ import annotations

from vpnlint.charts.app_template.v1 import render_version_1
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node


def render_common_1(release: Release) -> list[Node]:
    """Return the controller of a release.

    Raises UnknownChart if the image is the chart's own, or if the library refuses the values.
    """
    if not release.values.text_at("image", "repository"):
        raise UnknownChart(f"the default image of the chart {release.chart} is unknown offline")
    try:
        return render_version_1(release)
    except ValueError as error:
        raise UnknownChart(str(error)) from error
