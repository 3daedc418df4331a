"""Lists the families of charts that vpnlint renders, and chooses the family of a release."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

# Values, and pairs of a value that runs and one that is mounted.
_MOST_VALUES, _MOST_PAIRS = 30_000, 2_000_000


class Library(NamedTuple):
    """A library called `common`: a word in the URL of its repository, and how its version begins."""

    repository: str
    version: str

    def is_used_by(self, release: Release) -> bool:
        """Tell whether a release stands for a chart that depends on it."""
        return (
            release.chart == "common"
            and self.repository in release.repository.lower()
            and release.version.startswith(self.version)
        )


class Family(NamedTuple):
    """Charts that one renderer understands: `render_NAME` in the package of this name.

    repositories: words in the name or URL of a chart repository. charts: names of charts from any repository.
    has_shape: tells whether values can only be those of such a chart. library: that on which people build
    charts of their own.
    """

    name: str
    repositories: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    has_shape: Callable[[Node], bool] = lambda values: False
    library: Library | None = None

    def renders(self, release: Release) -> bool:
        """Tell whether a release's chart is of this family."""
        repository = release.repository.lower()
        return (
            any(word in repository for word in self.repositories)
            or (self.library is not None and self.library.is_used_by(release))
            or release.chart in self.charts
            or self.has_shape(release.values)
        )


def _has_controllers(values: Node) -> bool:
    return any("containers" in node.map for node in values.fields("controllers").values())


# The order matters: TrueCharts has its own charts called app-template.
FAMILIES = (
    Family(
        "truecharts",
        ("truecharts", "trueforge", "tccr.io"),
        has_shape=lambda values: "workload" in values.map,
    ),
    Family("app_template", charts=("app-template",), has_shape=_has_controllers),
    # geek-cookbook continues k8s-at-home's charts on the same library (github.com/geek-cookbook/charts).
    # bjw-s published the generic chart on it before app-template (helm-charts, charts/other).
    Family("k8s_at_home", ("k8s-at-home", "k8sathome", "geek-cookbook"), ("kah-common-chart",)),
    Family("common_1", ("charts.gabe565.com", "gabe565/charts"), library=Library("bjw-s", "1.")),
)


def render_release(release: Release) -> list[Node]:
    """Return the objects of a release's chart.

    Raises UnknownChart if no family renders it, and for values larger than anybody's.
    """
    _check_size(release.values)
    for family in FAMILIES:
        if family.renders(release):
            # A run imports only the families that it meets.
            module = import_module(f"vpnlint.charts.{family.name}.render")
            objects: list[Node] = getattr(module, f"render_{family.name}")(release)
            return objects
    raise UnknownChart(f"vpnlint does not know the chart {release.chart or '(without a name)'}")


def _check_size(values: Node) -> None:
    """Raise UnknownChart for values that a chart would multiply: each container gets each volume."""
    running = sum(_count_values(values.get(key)) for key in ("controllers", "workload"))
    stored = _count_values(values.get("persistence"))
    if _count_values(values) > _MOST_VALUES or running * stored > _MOST_PAIRS:
        raise UnknownChart("its values are more than any person's, so it is not rendered")


def _count_values(node: Node | None) -> int:
    """Return how many values a Node holds; counting stops beyond the most that are read."""
    count = 0
    stack = [node] if node is not None else []
    while stack and count <= _MOST_VALUES:
        here = stack.pop()
        count += 1
        stack += (*here.map.values(), *here.list)
    return count
