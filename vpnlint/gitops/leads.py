"""The paths that an object applies or takes values from, each with its source."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from vpnlint.errors import InputError
from vpnlint.files.facts import Lead
from vpnlint.files.tree import Tree
from vpnlint.files.workspace import Workspace
from vpnlint.gitops.argo.application import (
    find_paths_root,
    is_application,
    is_application_set,
    read_application_leads,
    read_application_releases,
)
from vpnlint.gitops.flux.artifact_generator import is_artifact_generator, read_copy_leads
from vpnlint.gitops.flux.kustomization import is_flux_kustomization, read_flux_lead
from vpnlint.gitops.flux.resource_set import expand_resource_set, is_resource_set
from vpnlint.gitops.helm_release.chart_templates import (
    MAX_CHARTS,
    list_leading_objects,
    read_chart_templates,
)
from vpnlint.gitops.helm_release.local_chart import read_chart_releases
from vpnlint.gitops.helm_release.unfold import read_chart_path, read_chart_source, unfold_release
from vpnlint.gitops.objects import Objects
from vpnlint.gitops.source_paths import SourcePaths
from vpnlint.source.node import Node


class LeadReader:
    """Reads the leads of the objects of a repository."""

    def __init__(self, workspace: Workspace) -> None:
        """Take the files that ApplicationSets look into."""
        self._tree = Tree(workspace)
        self._paths = SourcePaths(workspace)
        self._depth = 0

    def read_leads(self, node: Node) -> tuple[Lead, ...]:
        """Return the paths that an object leads to; for a set, those of the objects that it generates."""
        if is_flux_kustomization(node):
            lead = read_flux_lead(node)
            listed = node.items("spec", "components")
            components = [item.text for item in listed if item.text]
            return (
                lead,
                *(
                    lead._replace(path=os.path.normpath(os.path.join(lead.path, item)), used=True)
                    for item in components
                ),
            )
        if is_artifact_generator(node):
            return tuple(read_copy_leads(node))
        if path := read_chart_path(node):
            files = [item.text for item in node.items("spec", "chart", "spec", "valuesFiles") if item.text]
            used = [Lead(item, read_chart_source(node), used=True) for item in (path, *files)]
            return (*used, *self._read_release_leads(node, path))
        if is_application(node):
            leads = tuple(read_application_leads(node))
            return (*leads, *self._read_application_leads(node, leads))
        if is_resource_set(node):
            objects, _ = expand_resource_set(node, (), self._tree.budget.allot_part())
            return tuple(lead for made in objects for lead in self.read_leads(made))
        if is_application_set(node):
            return tuple(self._read_set_leads(node))
        return ()

    def read_chart_leads(self, folder: str) -> tuple[Lead, ...]:
        """Return the paths that the objects of a chart (its folder, absolute) lead to by its own values."""
        made = read_chart_releases(
            folder, self._tree.chart_file, files=self._tree, budget=self._tree.budget.allot_part()
        )
        return tuple(self._follow([folder], made))

    def _read_release_leads(self, release: Node, path: str) -> Iterator[Lead]:
        """Yield the leads of the objects that a HelmRelease's chart makes, by the values that it holds."""

        def locate(path: str) -> str | None:
            return self._locate(os.path.abspath(release.file), path)

        def unfold() -> Iterator[Node]:
            yield from unfold_release(release, folder, self._tree, Objects(()), locate)[0] if folder else ()

        folder = locate(path)
        yield from self._follow([folder], unfold())

    def _read_application_leads(self, application: Node, leads: Sequence[Lead]) -> Iterator[Lead]:
        """Yield the leads of the Applications and the like that an Application's chart makes."""
        file = os.path.abspath(application.file)

        def install() -> Iterator[Node]:
            repository = find_paths_root(application, lambda file, lead: self._locate(file, lead.path))
            made = read_application_releases(application, repository, self._tree.chart_file, self._tree)
            yield from (release for release, _ in made)

        yield from self._follow([self._locate(file, lead.path) for lead in leads if not lead.used], install())

    def _follow(self, charts: Sequence[str | None], releases: Iterator[Node]) -> Iterator[Lead]:
        """Yield the leads of the objects that releases make, if a template of their charts leads on.

        Nothing is installed before it is needed. What cannot be read is said where it is applied.
        """
        if self._depth >= MAX_CHARTS or not any(
            chart is not None and read_chart_templates(chart, self._tree).lead_on for chart in charts
        ):
            return
        self._depth += 1
        try:
            for release in releases:
                for made in list_leading_objects(release):
                    yield from self.read_leads(made)
        except InputError:
            pass
        finally:
            self._depth -= 1

    def _read_set_leads(self, node: Node) -> Iterator[Lead]:
        """Yield the leads of an ApplicationSet's Applications, and the files that its generators read."""
        from vpnlint.gitops.argo.application_set import expand_application_set  # few repositories have one

        file = os.path.abspath(node.file)
        used: dict[Lead, None] = {}

        def locate(path: str, url: str) -> str | None:
            place = self._locate(file, path)
            if place is not None and self._tree.is_folder(place) is False:
                used[Lead(path, ("", "", url), used=True)] = None
            return place

        applications, _ = expand_application_set(node, self._tree, locate)
        for application in applications:
            yield from self.read_leads(application)
        yield from used

    def _locate(self, file: str, path: str) -> str | None:
        place = self._paths.locate(file, path)
        return place[1] if place is not None else None
