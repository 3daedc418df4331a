"""A Helm chart in the repository, or a values file alone, in the form of a HelmRelease.

A chart passes to each dependency the values under the dependency's name (helm.sh/helm/v4 4.2.2,
pkg/chart/common/util/coalesce.go). A dependency in the repository (`file://` or under charts/) is read in the
same way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from vpnlint.files.discover import CHART, KUSTOMIZATIONS, VALUES
from vpnlint.gitops.helm_release.chart_files import Files
from vpnlint.gitops.helm_release.chart_templates import is_known_library, read_chart_templates
from vpnlint.gitops.helm_release.dependencies import find_home, list_dependencies, select_values
from vpnlint.gitops.helm_release.handed_values import HandedValues, read_handed_values
from vpnlint.gitops.helm_release.merge import coalesce_values, read_values
from vpnlint.source.budget import Budget
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node, Scalar

# Libraries that define the shape of their chart's values, so the chart is named after its application.
_LIBRARY = "common"
_SHAPING = ("app-template", _LIBRARY)
_MAX_DEPTH = 5
# The cost of a dependency, in steps of the budget.
_DEPENDENCY = 200


class Installation(NamedTuple):
    """The name and namespace that a chart is installed with, as its templates see them."""

    name: str
    namespace: str


class _Parent(NamedTuple):
    """The chart that a chart is a dependency of: its name, its release's, and how many charts stand above."""

    name: str
    installed: str
    depth: int


def read_chart_releases(
    folder: str,
    content: Callable[[str], Node | None],
    over: Node | None = None,
    metadata: Node | None = None,
    files: Files | None = None,
    budget: Budget | None = None,
    defaults: Node | None = None,
    parent: _Parent | None = None,
    installation: Installation | None = None,
) -> Iterator[Node]:
    """Yield a HelmRelease for the chart or values file in a folder, and for each dependency.

    content: returns the text of a file, None if there is none. over: values that override those of
    values.yaml. metadata: that of the object that installs the chart. Without it the kind is Chart, or Values
    if the folder has neither a Chart.yaml nor a kustomization; then only values shaped like
    app-template's count. files: where the chart's own templates are read, within a budget; without them only
    its dependencies count. defaults: replaces the values of values.yaml. parent: the chart that this one is a
    dependency of. installation: replaces the folder's name and the namespace of metadata. Raises InputError
    if a file cannot be read.
    """
    chart_text, values_text = (content(os.path.join(folder, name)) for name in (CHART, VALUES))
    origin = values_text if values_text is not None else chart_text
    if origin is None:
        return
    if defaults is not None:
        values = defaults
    else:
        values = read_values(values_text) if values_text is not None else Node.make({}, origin)
    if over is not None:
        values = coalesce_values(values, over)
    if chart_text is None:
        # A kustomization names the values files of its folder in a generator; any other is for some script.
        listed = any(content(os.path.join(folder, name)) is not None for name in KUSTOMIZATIONS)
        if _has_controllers(values) and not listed:
            yield make_release(
                "Values", os.path.basename(folder), values, {"chart": "app-template"}, metadata
            )
        return
    chart = read_values(chart_text)
    if chart.text_at("type") == "library":
        return
    # Most people name the release after the folder, whatever installs it.
    namespace = metadata.text_at("namespace") if metadata is not None else ""
    installation = installation or Installation(os.path.basename(folder).lower(), namespace)
    name, installed, depth = parent or _Parent(
        chart.text_at("name") or os.path.basename(folder), installation.name, 0
    )
    part = budget if budget is not None else Budget().allot_part()
    homes: dict[str, None] = {}
    releases = False
    subcharts: dict[str, Node | None] = {}
    for dependency in list_dependencies(folder, chart, content, files):
        if budget is not None:
            budget.spend(dependency, objects=1, steps=_DEPENDENCY)
        home = find_home(folder, dependency, content) if files is not None and depth < _MAX_DEPTH else ""
        if home and files is not None and dependency.text_at("name") in _SHAPING:
            if not is_known_library(home, files):
                homes[home] = None  # it only gives the chart templates to include
                continue
            home = ""
        releases = True
        own_values = select_values(dependency, values, library=dependency.text_at("name") == _LIBRARY)
        if own_values is None:
            continue
        key = dependency.text_at("alias") or dependency.text_at("name")
        subcharts[key] = _merge_home_values(home, own_values, content) if home else None
        if home:
            homes[home] = None
            below = _Parent(name, installed, depth + 1)
            yield from read_chart_releases(
                home, content, own_values, metadata, files, budget, parent=below, installation=installation
            )
        else:
            handed = HandedValues(own_values)
            library_user: dict[str, str] = {}
            if dependency.text_at("name") == _LIBRARY:
                library_user = {"title": name, "appVersion": chart.scalar_at("appVersion")}
                if files is not None:
                    callers = read_chart_templates(folder, files, [*homes])
                    handed = read_handed_values(
                        callers, values, chart, installed, installation.namespace, part
                    )
            release = _install_dependency(dependency, name, handed.values, metadata, installed, library_user)
            release = _note_charts(release, [folder, *homes], content)
            yield _note_failure(release, handed.reason, [*filter(None, [handed.failed])])
    templates = read_chart_templates(folder, files, [*homes]) if files is not None else None
    # What templates make is known, whatever it is; a chart that has none may be incomplete here.
    renders = templates is not None and (templates.run_pods or (bool(templates.own) and not releases))
    if releases and not renders:
        return
    about = {"chart": name, "version": chart.text_at("version")}
    own = make_release("Chart", name, values, about, metadata, installed)
    if templates is not None and renders:
        rendered = templates.render(values, chart, installed, installation.namespace, part, subcharts)
        own = put_value(own, ("rendered", "objects"), Node.make([*rendered.objects], chart))
        own = _note_failure(own, rendered.reason, rendered.failed)
    yield _note_charts(own, [folder, *homes], content)


def _note_charts(release: Node, folders: Sequence[str], content: Callable[[str], Node | None]) -> Node:
    """Return a release with the places of the charts that it rests on, of which its fields may show none."""
    texts = [content(os.path.join(folder, name)) for folder in folders for name in (CHART, VALUES)]
    places = [Node.make("", text) for text in texts if text is not None]
    return put_value(release, ("charts",), Node.make([*places], release))


def _note_failure(release: Node, reason: str, failed: Sequence[Node]) -> Node:
    """Return a release with the reason why its templates cannot be filled in, unless that is empty."""
    if not reason:
        return release
    release = put_value(release, ("rendered", "reason"), Node.make(reason, release))
    return put_value(release, ("rendered", "failed"), Node.make([*failed], release))


def make_release(
    kind: str, name: str, values: Node, chart: dict[str, str], metadata: Node | None, installed: str = ""
) -> Node:
    """Return a mapping shaped like a HelmRelease, at the place of its values.

    chart: the chart's name, version and repository, as far as they are known. metadata: that of the object
    that it is derived from, if there is one. installed: the release's name, if it differs from the object's.
    """

    def make(value: dict[str, Node] | Scalar) -> Node:
        return Node.make(value, values)

    reference = {key: make(value) for key, value in chart.items() if key != "repository"}
    reference["sourceRef"] = make({"name": make(chart.get("repository", ""))})
    spec = {
        "chart": make({"spec": make(reference)}),
        "releaseName": make(installed or name),
        "values": values,
    }
    own = metadata if metadata is not None else make({"name": make(name)})
    return make({"kind": make(kind), "metadata": own, "spec": make(spec)})


def _merge_home_values(home: str, over: Node, content: Callable[[str], Node | None]) -> Node:
    """Return the values of a dependency in the repository, overridden by those that its parent passes."""
    text = content(os.path.join(home, VALUES))
    return coalesce_values(read_values(text), over) if text is not None else over


def _install_dependency(
    dependency: Node,
    name: str,
    values: Node,
    metadata: Node | None,
    installed: str,
    library_user: Mapping[str, str],
) -> Node:
    """Return the release of a chart's dependency with these values.

    library_user: of a library, the title and appVersion of the chart that depends on it.
    """
    chart = dependency.text_at("name")
    key = dependency.text_at("alias") or chart
    about = {
        "chart": chart,
        "version": dependency.text_at("version"),
        "repository": dependency.text_at("repository"),
        **library_user,
    }
    return make_release("Chart", name if chart in _SHAPING else key, values, about, metadata, installed)


def _has_controllers(values: Node) -> bool:
    controllers = values.get("controllers")
    return controllers is not None and any("containers" in node.map for node in controllers.map.values())
