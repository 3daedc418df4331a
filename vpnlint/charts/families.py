"""The families of charts that vpnlint derives objects from, and which of them a release belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from vpnlint.charts.app_template.render import render_app_template
from vpnlint.charts.k8s_at_home.render import render_k8s_at_home
from vpnlint.charts.release import Release
from vpnlint.charts.truecharts.render import render_truecharts
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node


class Family(NamedTuple):
    """Charts that one renderer understands.

    repositories are words of a chart repository's name or url, charts the names of charts wherever they come
    from; has_shape tells whether values can only be those of such a chart.
    """

    render: Callable[[Release], list[Node]]
    repositories: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    has_shape: Callable[[Node], bool] = lambda values: False

    def renders(self, release: Release) -> bool:
        """Tell whether a release is of this family."""
        repository = release.repository.lower()
        return (
            any(word in repository for word in self.repositories)
            or release.chart in self.charts
            or self.has_shape(release.values)
        )


def _has_controllers(values: Node) -> bool:
    return any("containers" in node.map for node in values.fields("controllers").values())


# In this order: TrueCharts has charts called app-template of its own.
FAMILIES = (
    Family(
        render_truecharts,
        ("truecharts", "trueforge", "tccr.io"),
        has_shape=lambda values: "workload" in values.map,
    ),
    Family(render_app_template, charts=("app-template",), has_shape=_has_controllers),
    Family(render_k8s_at_home, ("k8s-at-home", "k8sathome")),
)


def render_release(release: Release) -> list[Node]:
    """Return the objects that a release's chart makes. Raises UnknownChart where no family renders it."""
    for family in FAMILIES:
        if family.renders(release):
            return family.render(release)
    raise UnknownChart(f"the chart {release.chart or '(not named)'} is not one that vpnlint knows")
