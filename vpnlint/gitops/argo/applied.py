"""The objects and charts of Argo CD's Applications."""

from __future__ import annotations

import os
from collections.abc import Iterator

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.facts import Directory
from vpnlint.gitops.argo.application import (
    find_paths_root,
    list_sources,
    read_application_releases,
    read_folder_lead,
)
from vpnlint.gitops.argo.folder_source import list_directory_files, make_overlay, place_in_namespace
from vpnlint.gitops.cluster import InstalledChart
from vpnlint.gitops.context import Context
from vpnlint.gitops.helm_release.chart_templates import keep_followed, list_leading_objects
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.node import Node, list_files


class Applications:
    """The Applications of one cluster, which takes the charts that they install."""

    def __init__(self, context: Context) -> None:
        """Take the context of the cluster; nothing is applied yet."""
        self._tree = context.tree
        self._matters = context.matters
        self._locate = context.locate
        self._build = context.makers.build
        self._cluster = context.cluster
        self._applied: set[tuple[str, str, str]] = set()
        self._made: set[tuple[str, str, str]] = set()

    def apply(self, owner: Resource) -> Iterator[list[Resource]]:
        """Yield the objects of each folder that an Application applies; the cluster takes its charts."""
        node = owner.node
        file = os.path.abspath(node.file)
        charts: set[str] = set()
        for source in list_sources(node):
            lead = read_folder_lead(source)
            folder = self._locate(file, lead) if lead is not None else None
            if folder is None or lead is None or not self._matters(folder):
                continue
            recurses = lead.directory is not None and lead.directory.recurse
            if recurses or self._tree.is_folder(os.path.join(folder, CHART)) is None:
                yield self._build_source(folder, source, owner, lead.directory)
            else:
                charts |= {self._tree.name(os.path.join(folder, name)) for name in (CHART, VALUES)}
        made: list[Resource] = []
        try:
            repository = find_paths_root(node, self._locate)
            for release, missing in read_application_releases(
                node, repository, self._tree.chart_file, self._tree
            ):
                values = release.get("spec", "values") or release
                via = owner.via | list_files(release) | list_files(values) | charts
                self._cluster.charts.append(InstalledChart(release, missing, via))
                made += [
                    Resource(item, {*via, item.file}, charts=owner.charts + 1)
                    for item in list_leading_objects(release)
                ]
        except InputError as error:
            self._cluster.problems.append(error)
        place_in_namespace(made, node)
        yield keep_followed([item for item in made if self._is_new(item)], self._cluster.problems)

    def _is_new(self, made: Resource) -> bool:
        """Tell whether a chart made an object for the first time; an Application may install its own one."""
        identity = (made.node.text_at("kind"), made.namespace, made.name)
        is_new = identity not in self._made
        self._made.add(identity)
        return is_new

    def _build_source(
        self, folder: str, source: Node, owner: Resource, directory: Directory | None
    ) -> list[Resource]:
        """Return the objects of a folder, with the changes that the Application's source makes."""
        identity = (folder, owner.name, owner.node.text_at("spec", "destination", "namespace"))
        if identity in self._applied:
            return []  # it applies itself, as a root may do
        self._applied.add(identity)
        files = None
        if directory is not None and (directory.recurse or self._tree.kustomization(folder) is None):
            files = list_directory_files(self._tree.workspace, folder, directory)
        result = self._build(folder, self._tree, make_overlay(source), self._matters, files=files)
        resources = self._cluster.take_result(result)
        place_in_namespace(resources, owner.node)
        for resource in resources:
            resource.via |= owner.via | {owner.node.file}
        return resources
