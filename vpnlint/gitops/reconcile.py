"""Reconciles a cluster: from the places where it begins to all objects that Flux and Argo CD apply there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.facts import Lead
from vpnlint.files.tree import Tree
from vpnlint.gitops.argo.application import is_application, is_application_set
from vpnlint.gitops.argo.applied import Applications
from vpnlint.gitops.cluster import Cluster, InstalledChart, Unresolved
from vpnlint.gitops.context import Context
from vpnlint.gitops.flux.applied import Kustomizations
from vpnlint.gitops.flux.kustomization import is_flux_kustomization
from vpnlint.gitops.flux.resource_set import is_input_provider, is_resource_set
from vpnlint.gitops.helm_release.chart_templates import list_leading_objects
from vpnlint.gitops.helm_release.local_chart import read_chart_releases
from vpnlint.gitops.helm_release.unfold import unfold_releases
from vpnlint.gitops.kustomize.helm_charts import is_inflated_chart
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.makers import Makers
from vpnlint.gitops.source_paths import Locate, locate_anywhere
from vpnlint.source.node import list_files


def reconcile_cluster(
    places: Iterable[str],
    tree: Tree,
    matters: Callable[[str], bool] = lambda _: True,
    locate: Locate | None = None,
    makers: Makers | None = None,
) -> Cluster:
    """Return the cluster that begins at these files and folders (absolute).

    matters: as for build_folder. locate: finds the place of a path; by default every source is this
    repository. makers: builds folders, and makes objects of others.
    """
    locate = locate or locate_anywhere(tree.workspace)
    run = _Reconciliation(Context(tree, matters, locate, makers or Makers(), Cluster()))
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
    def __init__(self, context: Context) -> None:
        self.cluster = context.cluster
        self._tree = context.tree
        self._matters = context.matters
        self._locate = context.locate
        self._build = context.makers.build
        self._expand_set = context.makers.expand_set
        self._applications = Applications(context)
        self._kustomizations = Kustomizations(context)
        self._waiting_sets: list[Resource] = []
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
        """Add one object to the cluster, or yield the objects that it generates or applies."""
        if is_resource_set(resource.node):
            if resource.node.items("spec", "inputsFrom"):
                self._waiting_sets.append(resource)
            else:
                yield self._expand_resource_set(resource)
        elif is_flux_kustomization(resource.node):
            self._kustomizations.add(resource)
        elif is_application(resource.node):
            yield from self._applications.apply(resource)
        elif is_application_set(resource.node):
            yield self._expand_application_set(resource)
        elif is_inflated_chart(resource):
            self.cluster.charts.append(InstalledChart(resource.node, [], resource.via))
        else:
            self.cluster.resources.append(resource)
            self._kustomizations.remember(resource)

    def add_folder(self, folder: str) -> None:
        """Add the objects that a folder builds."""
        self.add(self.cluster.take_result(self._build(folder, self._tree, None, self._matters)))

    def add_chart(self, folder: str) -> None:
        """Add the releases of the chart or values file in a folder."""
        # Who asks about a template asks about its Chart.yaml.
        own = {self._tree.name(os.path.join(folder, name)) for name in (CHART, VALUES)}
        try:
            budget = self._tree.budget.allot_part()
            for node in read_chart_releases(folder, self._tree.chart_file, files=self._tree, budget=budget):
                via = list_files(node) | own
                self.cluster.charts.append(InstalledChart(node, [], via))
                self.add(Resource(item, {*via, item.file}, charts=1) for item in list_leading_objects(node))
        except InputError as error:
            self.cluster.problems.append(error)

    def apply_kustomizations(self) -> None:
        """Apply every Kustomization, including those that others apply."""
        for resources in self._kustomizations.apply_all():
            self.add(resources)

    def expand_waiting_sets(self) -> None:
        """Expand the ResourceSets whose inputs others provide, now that all providers are known."""
        while self._waiting_sets:
            waiting, self._waiting_sets = self._waiting_sets, []
            for resource in waiting:
                self.add(self._expand_resource_set(resource))
            self.apply_kustomizations()

    def unfold_releases(self) -> None:
        """Install the charts in the repository of HelmReleases, and follow what they make in their turn."""
        while found := unfold_releases(self.cluster, self._tree, self._locate):
            self.add(found)
            self.apply_kustomizations()
            self.expand_waiting_sets()

    def _expand_resource_set(self, owner: Resource) -> list[Resource]:
        providers = [item.node for item in self._providers]
        nodes, unknown = self._expand_set(owner.node, providers, self._tree.budget.allot_part())
        self._note_unresolved(owner, unknown)
        files = {
            item.node.file for item in self._providers if owner.node.get("spec", "inputsFrom") is not None
        }
        return [Resource(node, owner.via | files) for node in nodes]

    def _expand_application_set(self, owner: Resource) -> list[Resource]:
        from vpnlint.gitops.argo.application_set import expand_application_set  # few repositories have one

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
