"""From the places where a cluster begins to all objects that it applies, as Flux and Argo CD change them.

Source: kustomize-controller v1.6 to v1.9 (kustomization_controller.go) and fluxcd/pkg kustomize
(kustomize_generator.go).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeAlias

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.facts import Lead
from vpnlint.files.tree import Tree
from vpnlint.gitops.argo.application import is_application
from vpnlint.gitops.argo.application_set import expand_application_set, is_application_set
from vpnlint.gitops.argo.applied import Applications
from vpnlint.gitops.cluster import Cluster, InstalledChart, Unresolved
from vpnlint.gitops.flux.kustomization import (
    is_flux_kustomization,
    is_suspended,
    make_flux_overlay,
    read_flux_lead,
)
from vpnlint.gitops.flux.post_build import PostBuild
from vpnlint.gitops.flux.resource_set import is_input_provider, is_resource_set
from vpnlint.gitops.helm_release.local_chart import read_chart_releases
from vpnlint.gitops.helm_release.unfold import read_chart_path, unfold_release
from vpnlint.gitops.kustomize.build_result import BuildResult
from vpnlint.gitops.kustomize.helm_charts import is_inflated_chart
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.leads import read_chart_source
from vpnlint.gitops.makers import Makers
from vpnlint.gitops.objects import Objects
from vpnlint.gitops.source_paths import locate_anywhere
from vpnlint.source.node import Node

# Where a path that an object in a file (absolute) names is in the repository; None where it is not there.
Locate: TypeAlias = Callable[[str, Lead], str | None]


def reconcile_cluster(
    places: Iterable[str],
    tree: Tree,
    matters: Callable[[str], bool] = lambda _: True,
    locate: Locate | None = None,
    makers: Makers | None = None,
) -> Cluster:
    """Return what a cluster that begins at these files and folders (absolute) applies.

    matters: as for build_folder. locate: where a path leads; by default every source is this repository.
    makers: builds folders, and makes objects of others.
    """
    run = _Reconciliation(tree, matters, locate or locate_anywhere(tree.workspace), makers or Makers())
    for place in places:
        if tree.kustomization(place) is not None:
            run.add_folder(place)
        elif tree.is_folder(place):
            run.add_chart(place)
        else:
            run.add([Resource(node, {node.file}) for node in tree.manifest(place) if "kind" in node.map])
    run.apply_kustomizations()
    run.expand_waiting_sets()
    run.unfold_releases()
    return run.cluster


class _Reconciliation:
    def __init__(self, tree: Tree, matters: Callable[[str], bool], locate: Locate, makers: Makers) -> None:
        self.cluster = Cluster()
        self._tree = tree
        self._matters = matters
        self._locate = locate
        self._build = makers.build
        self._expand_set = makers.expand_set
        self._applications = Applications(tree, matters, locate, makers.build, self.cluster)
        self._post_build = PostBuild(makers.substitute)
        self._waiting: list[Resource] = []
        self._foreseen: dict[Hashable, tuple[Node, BuildResult]] = {}
        self._waiting_sets: list[Resource] = []
        self._applied: set[tuple[str, str, str]] = set()
        self._providers: list[Resource] = []

    def add(self, resources: Iterable[Resource]) -> None:
        """Add objects to the cluster and follow them where they lead; Kustomizations wait for their turn."""
        # Not recursive: an Application may apply an Application, and so on.
        waiting = [self._unpack([[*resources]])]
        while waiting:
            resource = next(waiting[-1], None)
            if resource is None:
                waiting.pop()
            else:
                waiting.append(self._unpack(self._follow(resource)))

    def _unpack(self, lists: Iterable[Sequence[Resource]]) -> Iterator[Resource]:
        for resources in lists:
            self._providers += [item for item in resources if is_input_provider(item.node)]
            yield from resources

    def _follow(self, resource: Resource) -> Iterator[Sequence[Resource]]:
        """Add one object to the cluster, or yield what it makes or applies."""
        if is_resource_set(resource.node):
            if resource.node.items("spec", "inputsFrom"):
                self._waiting_sets.append(resource)
            else:
                yield self._expand_resource_set(resource)
        elif is_flux_kustomization(resource.node):
            self._waiting.append(resource)
        elif is_application(resource.node):
            yield from self._applications.apply(resource)
        elif is_application_set(resource.node):
            yield self._expand_application_set(resource)
        elif is_inflated_chart(resource):
            self.cluster.charts.append(InstalledChart(resource.node, [], resource.via))
        else:
            self.cluster.resources.append(resource)
            self._post_build.remember(resource)

    def add_folder(self, folder: str) -> None:
        """Add what a folder builds."""
        self.add(self._build_folder(folder, None))

    def add_chart(self, folder: str) -> None:
        """Add what the chart or the values file in a folder installs."""
        try:
            budget = self._tree.budget.allot_part()
            for node in read_chart_releases(folder, self._tree.chart_file, files=self._tree, budget=budget):
                self.cluster.charts.append(InstalledChart(node, [], {node.file}))
        except InputError as error:
            self.cluster.problems.append(error)

    def apply_kustomizations(self) -> None:
        """Apply every Kustomization; those that lack variables wait until nothing else is left to do."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            lacking = self._find_lacking(waiting)
            if len(lacking) == len(waiting):
                # They wait for what one of themselves applies: in a running cluster it is there from the last
                # time.
                for resource in waiting:
                    self._foresee(resource)
                lacking = self._find_lacking(waiting)
            stuck = len(lacking) == len(waiting)
            for resource in waiting:
                if stuck or id(resource) not in lacking:
                    self._apply(resource)
                else:
                    self._waiting.append(resource)

    def expand_waiting_sets(self) -> None:
        """Expand the ResourceSets whose inputs others provide, now that all providers are known."""
        while self._waiting_sets:
            waiting, self._waiting_sets = self._waiting_sets, []
            for resource in waiting:
                self.add(self._expand_resource_set(resource))
            self.apply_kustomizations()

    def unfold_releases(self) -> None:
        """Add what HelmReleases of charts in the repository install, now that all their values are known."""
        releases = [item for item in self.cluster.resources if read_chart_path(item.node)]
        objects = self.cluster.objects if releases else Objects(())
        for resource in releases:
            file, source = os.path.abspath(resource.node.file), read_chart_source(resource.node)

            def locate(path: str, file: str = file, source: tuple[str, str, str] = source) -> str | None:
                return self._locate(file, Lead(path, source))

            folder = locate(read_chart_path(resource.node))
            if folder is None or not self._tree.is_folder(folder):
                continue
            try:
                unfolded, missing = unfold_release(resource.node, folder, self._tree, objects, locate)
            except InputError as error:
                self.cluster.problems.append(error)
                continue
            resource.via |= {self._tree.name(os.path.join(folder, name)) for name in (CHART, VALUES)}
            self.cluster.charts += [InstalledChart(node, missing, resource.via) for node in unfolded]
            resource.unfolded = bool(unfolded)

    def _build_folder(self, folder: str, overlay: Node | None, *, flat: bool = False) -> list[Resource]:
        """Return what a folder builds; the cluster takes the notes.

        flat: of a folder without a kustomization, only the files right in it.
        """
        return self._take(self._build(folder, self._tree, overlay, self._matters, flat=flat))

    def _take(self, result: BuildResult) -> list[Resource]:
        self.cluster.absent += result.absent
        self.cluster.problems += result.problems
        return result.resources

    def _expand_resource_set(self, owner: Resource) -> list[Resource]:
        providers = [item.node for item in self._providers]
        nodes, unknown = self._expand_set(owner.node, providers, self._tree.budget.allot_part())
        self._note_unresolved(owner, unknown)
        files = {
            item.node.file for item in self._providers if owner.node.get("spec", "inputsFrom") is not None
        }
        return [Resource(node, owner.via | files) for node in nodes]

    def _expand_application_set(self, owner: Resource) -> list[Resource]:
        file = os.path.abspath(owner.node.file)
        files: set[str] = set()

        def locate(path: str, url: str) -> str | None:
            place = self._locate(file, Lead(path, ("", "", url)))
            if place is not None and self._tree.is_folder(place) is False:
                files.add(self._tree.name(place))
            return place

        nodes, unknown = expand_application_set(owner.node, self._tree, locate)
        self._note_unresolved(owner, unknown)
        return [Resource(node, owner.via | files) for node in nodes]

    def _note_unresolved(self, owner: Resource, unknown: Sequence[InputError]) -> None:
        self.cluster.absent += unknown
        if unknown:
            self.cluster.unresolved.append(Unresolved(owner.node, unknown[0].message, owner.via))

    def _find_lacking(self, waiting: Iterable[Resource]) -> set[int]:
        return {id(resource) for resource in waiting if self._post_build.lacks_variables(resource.node)}

    def _foresee(self, owner: Resource) -> None:
        """Remember the ConfigMaps that a Kustomization will apply, as they are before any substitution."""
        folder = self._find_folder(owner.node)
        if folder is not None and self._matters(folder):
            result = self._build(folder, self._tree, make_flux_overlay(owner.node), self._matters)
            self._foreseen[owner.identity] = (owner.node, result)
            for resource in result.resources:
                self._post_build.remember(resource)

    def _apply(self, owner: Resource) -> None:
        node = owner.node
        identity = (owner.namespace, owner.name, node.text_at("spec", "path"))
        if identity in self._applied:
            return
        self._applied.add(identity)
        folder = self._find_folder(node)
        if is_suspended(node):
            place = node.fields("spec")["suspend"]
            self.cluster.suspended.append(place.error(f"the Kustomization {owner.name} is suspended"))
            self.cluster.suspended_places += [folder] if folder is not None else []
            return
        if folder is None:
            path = node.get("spec", "path")
            reason = f"its path {path.text if path is not None else '.'} is not in this repository"
            self.cluster.absent.append((path or node).error(f"the Kustomization {owner.name}: {reason}"))
            return
        if self._matters(folder):
            known, result = self._foreseen.pop(owner.identity, (None, None))
            if known is not node or result is None:
                result = self._build(folder, self._tree, make_flux_overlay(node), self._matters)
            resources = self._take(result)
            self.cluster.problems += self._post_build.finish(resources, owner, self._tree.budget.allot_part())
            self.add(resources)

    def _find_folder(self, kustomization: Node) -> str | None:
        return self._locate(os.path.abspath(kustomization.file), read_flux_lead(kustomization))
