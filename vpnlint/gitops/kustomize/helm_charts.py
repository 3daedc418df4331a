"""A kustomization's `helmCharts`, each in the form of a HelmRelease.

Source: kustomize 5.8.1, plugin/builtin/helmchartinflationgenerator/HelmChartInflationGenerator.go. The
kustomization's patches and images, which kustomize applies to the chart's objects, become the release's
post-renderers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART
from vpnlint.gitops.helm_release.local_chart import make_release, read_chart_releases
from vpnlint.gitops.helm_release.merge import coalesce_values, read_values
from vpnlint.gitops.kustomize.kustomization import Kustomization
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

# The kind of kustomize's own plugin, which never reaches a cluster.
_KIND, _API = "HelmChartInflationGenerator", "builtin"
_OLD_NAMES = {
    "chartName": "name",
    "chartRepoUrl": "repo",
    "chartVersion": "version",
    "values": "valuesFile",
    "releaseNamespace": "namespace",
}
_PATCHES = ("patchesStrategicMerge", "patches", "patchesJson6902")


def is_inflated_chart(resource: Resource) -> bool:
    """Tell whether a resource stands for the objects of a chart."""
    return resource.kind == _KIND and resource.node.text_at("apiVersion") == _API


def inflate_charts(kustomization: Kustomization) -> list[Resource]:
    """Return the charts that a kustomization installs; it notes those that cannot be read."""
    charts = []
    for entry in (*kustomization.list_entries("helmCharts"), *_convert_old_entries(kustomization)):
        try:
            for release in _make_releases(kustomization, entry):
                release = put_value(release, ("kind",), Node.make(_KIND, entry))
                release = put_value(release, ("apiVersion",), Node.make(_API, entry))
                rendered = _make_post_renderer(kustomization, entry)
                release = (
                    put_value(release, ("spec", "postRenderers"), Node.make([rendered], entry))
                    if rendered.map
                    else release
                )
                values = release.get("spec", "values") or release
                chart = kustomization.tree.name(os.path.join(_find_chart(kustomization, entry), CHART))
                charts.append(Resource(release, {entry.file, values.file, chart}))
        except InputError as error:
            kustomization.problems.append(error)
    return charts


def _convert_old_entries(kustomization: Kustomization) -> Iterator[Node]:
    """Yield the entries of `helmChartInflationGenerator` under the field names of `helmCharts`."""
    for entry in kustomization.list_entries("helmChartInflationGenerator"):
        yield Node.make({_OLD_NAMES.get(key, key): value for key, value in entry.map.items()}, entry)


def _make_releases(kustomization: Kustomization, entry: Node) -> Iterator[Node]:
    name = entry.text_at("name")
    values = _merge_values(kustomization, entry)
    metadata = {"name": entry.get("releaseName") or entry.get("name") or Node.make(name, entry)}
    if (namespace := entry.get("namespace")) is not None:
        metadata["namespace"] = namespace
    owner = Node.make({**metadata}, entry)
    installed = entry.text_at("releaseName") or name
    folder = _find_chart(kustomization, entry)
    if kustomization.tree.content(os.path.join(folder, CHART)) is not None:
        tree, budget = kustomization.tree, kustomization.budget
        yield from read_chart_releases(folder, tree.chart_file, values, owner, tree, budget)
        return
    chart = {"chart": name, "version": entry.scalar_at("version"), "repository": entry.text_at("repo")}
    yield make_release(_KIND, name, values, chart, owner, installed)


def _find_chart(kustomization: Kustomization, entry: Node) -> str:
    """Return the folder that a chart would have in the repository."""
    home = kustomization.root.text_at("helmGlobals", "chartHome") or "charts"
    return os.path.normpath(os.path.join(kustomization.folder, home, entry.text_at("name")))


def _merge_values(kustomization: Kustomization, entry: Node) -> Node:
    """Return the values of an entry.

    `valuesMerge` tells how its file and inline values are merged; further files override both.
    """
    values = _read_values_file(kustomization, entry.get("valuesFile"))
    inline = entry.get("valuesInline")
    if inline is not None and inline.map:
        how = entry.text_at("valuesMerge") or "override"
        if values is None or how == "replace":
            values = inline
        else:
            values = coalesce_values(inline, values) if how == "merge" else coalesce_values(values, inline)
    for further in entry.items("additionalValuesFiles"):
        more = _read_values_file(kustomization, further)
        values = coalesce_values(values, more) if values is not None and more is not None else values or more
    return values if values is not None else Node.make({}, entry)


def _read_values_file(kustomization: Kustomization, entry: Node | None) -> Node | None:
    if entry is None or not entry.text:
        return None
    path = kustomization.find_path(entry)
    text = kustomization.tree.chart_file(path) if path is not None else None
    if text is None:
        raise entry.error(f"the values file {entry.text} cannot be read; kustomize stops here")
    return read_values(text)


def _make_post_renderer(kustomization: Kustomization, origin: Node) -> Node:
    """Return the kustomization's patches and images as a post-renderer of a HelmRelease."""
    patches = []
    for entry in kustomization.list_entries(*_PATCHES):
        body = kustomization.find_body(entry)
        if body is not None:
            fields = {"patch": body, **({"target": entry.map["target"]} if "target" in entry.map else {})}
            patches.append(Node.make({**fields}, entry))
    images = kustomization.list_entries("images")
    parts = {
        key: Node.make([*items], origin) for key, items in (("patches", patches), ("images", images)) if items
    }
    return Node.make({"kustomize": Node.make({**parts}, origin)} if parts else {}, origin)
