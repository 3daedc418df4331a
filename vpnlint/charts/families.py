"""The families of charts that vpnlint derives objects from, and which of them a release belongs to."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node


class Family(NamedTuple):
    """Charts that one renderer understands: `render_NAME` in the package of this name.

    repositories are words of a chart repository's name or url, charts the names of charts wherever they come
    from; has_shape tells whether values can only be those of such a chart.
    """

    name: str
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
        "truecharts",
        ("truecharts", "trueforge", "tccr.io"),
        has_shape=lambda values: "workload" in values.map,
    ),
    Family("app_template", charts=("app-template",), has_shape=_has_controllers),
    # geek-cookbook's are k8s-at-home's, on the same library (github.com/geek-cookbook/charts, charts/stable).
    Family("k8s_at_home", ("k8s-at-home", "k8sathome", "geek-cookbook")),
    Family("common_1", ("charts.gabe565.com", "gabe565/charts")),
)


def render_release(release: Release) -> list[Node]:
    """Return the objects that a release's chart makes. Raises UnknownChart where no family renders it."""
    for family in FAMILIES:
        if family.renders(release):
            # A run that meets one family need not pay for the import of the others.
            module = import_module(f"vpnlint.charts.{family.name}.render")
            objects: list[Node] = getattr(module, f"render_{family.name}")(release)
            return objects
    raise UnknownChart(f"the chart {release.chart or '(not named)'} is not one that vpnlint knows")
