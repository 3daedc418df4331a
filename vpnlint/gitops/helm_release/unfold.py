"""A HelmRelease whose chart is in the repository → the HelmReleases that the chart stands for.

Source: source-controller v1.9, docs/spec/v1/helmcharts.md (a chart of a GitRepository is a path;
`valuesFiles` count from the root of the source, in their order, instead of values.yaml).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.facts import Lead
from vpnlint.files.tree import Tree
from vpnlint.gitops.cluster import Cluster, InstalledChart
from vpnlint.gitops.helm_release.chart_templates import keep_followed, list_leading_objects
from vpnlint.gitops.helm_release.local_chart import read_chart_releases
from vpnlint.gitops.helm_release.merge import coalesce_values, read_values
from vpnlint.gitops.helm_release.values import collect_values
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.objects import Objects
from vpnlint.gitops.source_paths import Locate
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node, list_files

_API = "helm.toolkit.fluxcd.io/"
# These sources hold files; an OCIRepository or a HelmRepository holds packed charts.
_FILES = ("GitRepository", "Bucket", "ExternalArtifact")
_KEPT = ("targetNamespace", "postRenderers", "suspend")


def read_chart_path(release: Node) -> str:
    """Return the path of a HelmRelease's chart in its source; empty if the chart comes packed."""
    if release.text_at("kind") != "HelmRelease" or not release.text_at("apiVersion").startswith(_API):
        return ""
    source = release.get("spec", "chart", "spec", "sourceRef")
    return release.text_at("spec", "chart", "spec", "chart") if _holds_files(source) else ""


def read_chart_source(release: Node) -> tuple[str, str, str]:
    """Return the kind, namespace and name of the source of a HelmRelease's chart."""
    source = ("spec", "chart", "spec", "sourceRef")
    namespace = release.text_at(*source, "namespace") or release.text_at("metadata", "namespace")
    return release.text_at(*source, "kind"), namespace, release.text_at(*source, "name")


def _holds_files(source: Node | None) -> bool:
    return source is not None and source.text_at("kind") in _FILES


def unfold_releases(cluster: Cluster, tree: Tree, locate: Locate) -> list[Resource]:
    """Add the charts in the repository that a cluster's HelmReleases install, once all values are known.

    Return the objects that these charts make and that apply others. locate: finds the place of a path.
    """
    found: list[Resource] = []
    releases = [item for item in cluster.resources if read_chart_path(item.node) and not item.unfolded]
    objects = cluster.objects if releases else Objects(())
    for resource in releases:
        file, source = os.path.abspath(resource.node.file), read_chart_source(resource.node)

        def locate_path(path: str, file: str = file, source: tuple[str, str, str] = source) -> str | None:
            return locate(file, Lead(path, source))

        folder = locate_path(read_chart_path(resource.node))
        if folder is None or not tree.is_folder(folder):
            continue
        try:
            unfolded, missing = unfold_release(resource.node, folder, tree, objects, locate_path)
        except InputError as error:
            cluster.problems.append(error)
            continue
        resource.via |= {tree.name(os.path.join(folder, name)) for name in (CHART, VALUES)}
        resource.via.update(*map(list_files, unfolded))
        cluster.charts += [InstalledChart(node, missing, resource.via) for node in unfolded]
        resource.unfolded = bool(unfolded)
        namespace = resource.node.get("spec", "targetNamespace") or resource.node.get("metadata", "namespace")
        for item in (item for node in unfolded for item in list_leading_objects(node)):
            placed = item
            if namespace is not None and not item.text_at("metadata", "namespace"):
                placed = put_value(item, ("metadata", "namespace"), namespace)
            found.append(Resource(placed, {*resource.via, item.file}, charts=resource.charts + 1))
    return keep_followed(found, cluster.problems)


def unfold_release(
    release: Node, folder: str, tree: Tree, objects: Objects, locate: Callable[[str], str | None]
) -> tuple[list[Node], list[str]]:
    """Return the HelmReleases that the chart in a folder stands for, and the names of missing values.

    Nothing if the folder holds no chart. objects: hold the sources of its valuesFrom. locate: finds the place
    of a path in its source. Raises InputError if a file or a value cannot be read.
    """
    if tree.content(os.path.join(folder, CHART)) is None:
        return [], []
    own, missing = collect_values(release, objects)
    metadata = release.get("metadata")
    unfolded = []
    defaults = _merge_defaults(release, tree, locate)
    for item in read_chart_releases(
        folder, tree.chart_file, own, metadata, tree, tree.budget.allot_part(), defaults
    ):
        node = put_value(item, ("kind",), release.map["kind"])
        name = release.get("spec", "releaseName") or release.get("metadata", "name")
        if name is not None:
            node = put_value(node, ("spec", "releaseName"), name)
        if not node.text_at("spec", "chart", "spec", "sourceRef", "name") and "chart" in release.fields(
            "spec"
        ):
            # It is the chart itself, which Helm may still find by its path.
            node = put_value(node, ("spec", "chart"), release.fields("spec")["chart"])
        for key in _KEPT:
            kept = release.get("spec", key)
            node = put_value(node, ("spec", key), kept) if kept is not None else node
        unfolded.append(node)
    return unfolded, missing


def _merge_defaults(release: Node, tree: Tree, locate: Callable[[str], str | None]) -> Node | None:
    """Return the merged values of a chart's `valuesFiles`; None if it has none."""
    merged: Node | None = None
    for file in release.items("spec", "chart", "spec", "valuesFiles"):
        path = locate(file.text)
        text = tree.chart_file(path) if path is not None else None
        if text is None:
            if release.is_true("spec", "chart", "spec", "ignoreMissingValuesFiles"):
                continue
            raise file.error(f"the values file {file.text} is not in this repository")
        merged = coalesce_values(merged, read_values(text)) if merged is not None else read_values(text)
    return merged
