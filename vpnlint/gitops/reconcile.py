"""What Flux applies: from a cluster's entry points through nested Kustomizations to the objects, patched and substituted.

Source: kustomize-controller v1.6 to v1.9 (kustomization_controller.go) and fluxcd/pkg kustomize
(kustomize_generator.go).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.index import Lead
from vpnlint.files.tree import Tree
from vpnlint.gitops.argo import application as argo
from vpnlint.gitops.argo.application_set import expand_application_set, is_application_set
from vpnlint.gitops.argo.folder_source import make_overlay, place_in_namespace, takes_file
from vpnlint.gitops.cluster import Cluster, InstalledChart, Unresolved
from vpnlint.gitops.flux.kustomization import is_flux_kustomization, read_flux_lead
from vpnlint.gitops.flux.resource_set import expand_resource_set, is_input_provider, is_resource_set
from vpnlint.gitops.flux.substitute import substitute_variables
from vpnlint.gitops.helm_release import local_chart
from vpnlint.gitops.helm_release.unfold import read_chart_path, unfold_release
from vpnlint.gitops.kustomize.build import BuildFolder, build_folder
from vpnlint.gitops.kustomize.helm_charts import is_inflated_chart
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.leads import read_chart_source
from vpnlint.gitops.objects import Objects
from vpnlint.gitops.references import SourcePaths
from vpnlint.source.edit import put
from vpnlint.source.node import Node

# How SOPS writes what it encrypted.
_ENCRYPTED = "ENC[AES256_GCM,"
# What a Flux Kustomization puts on top of the kustomization in its folder, under the names that it has there.
_ON_TOP = {
    "targetNamespace": "namespace",
    "namePrefix": "namePrefix",
    "nameSuffix": "nameSuffix",
    "components": "components",
    "images": "images",
    "patches": "patches",
    "patchesStrategicMerge": "patchesStrategicMerge",
    "patchesJson6902": "patchesJson6902",
}


# Where a path that an object in a file (absolute) names is in the repository; None where it is not there.
Locate: TypeAlias = Callable[[str, Lead], str | None]


def reconcile_cluster(
    places: Iterable[str],
    tree: Tree,
    matters: Callable[[str], bool] = lambda _: True,
    locate: Locate | None = None,
    build: BuildFolder = build_folder,
) -> Cluster:
    """Return what a cluster applies that begins at these files and folders (absolute).

    matters: as for kustomize.build. locate: without it every source is taken for the repository. build:
    builds the folders.
    """
    run = _Reconciliation(tree, matters, locate or _locate_anywhere(tree), build)
    for place in places:
        if tree.kustomization(place) is not None:
            run.add_folder(place, None, None)
        elif tree.is_folder(place):
            run.add_chart(place)
        else:
            run.add([Resource(node, {node.file}) for node in tree.manifest(place) if "kind" in node.map])
    run.follow()
    run.unfold()
    return run.cluster


class _Reconciliation:
    def __init__(
        self, tree: Tree, matters: Callable[[str], bool], locate: Locate, build: BuildFolder
    ) -> None:
        self.tree = tree
        self._matters = matters
        self._locate = locate
        self._build = build
        self.cluster = Cluster()
        self._waiting: list[Resource] = []
        self._seen: set[tuple[str, str, str]] = set()
        self._config_maps: dict[str, list[Node]] = {}
        self._sources: set[tuple[str, str, str]] = set()
        self._providers: list[Resource] = []

    def add(self, resources: Iterable[Resource]) -> None:
        """Take objects as applied; Kustomizations among them wait for their turn."""
        resources = [*resources]
        self._providers += [item for item in resources if is_input_provider(item.node)]
        for resource in resources:
            if is_resource_set(resource.node):
                self._add_set(resource)
            elif is_flux_kustomization(resource.node):
                self._waiting.append(resource)
            elif argo.is_application(resource.node):
                self._add_application(resource)
            elif is_application_set(resource.node):
                self._add_application_set(resource)
            elif is_inflated_chart(resource):
                self.cluster.charts.append(InstalledChart(resource.node, [], resource.via))
            else:
                self.cluster.resources.append(resource)
                if resource.kind == "ConfigMap":
                    self._config_maps.setdefault(resource.name, []).append(resource.node)

    def unfold(self) -> None:
        """Take what the HelmReleases of charts in the repository install; by now all ConfigMaps with values are known."""
        releases = [item for item in self.cluster.resources if read_chart_path(item.node)]
        objects = self.cluster.objects if releases else Objects(())
        for resource in releases:
            file, source = os.path.abspath(resource.node.file), read_chart_source(resource.node)

            def locate(path: str, file: str = file, source: tuple[str, str, str] = source) -> str | None:
                return self._locate(file, Lead(path, source))

            folder = locate(read_chart_path(resource.node))
            if folder is None or not self.tree.is_folder(folder):
                continue
            try:
                found, missing = unfold_release(resource.node, folder, self.tree, objects, locate)
            except InputError as error:
                self.cluster.problems.append(error)
                continue
            resource.via |= {self.tree.name(os.path.join(folder, name)) for name in (CHART, VALUES)}
            self.cluster.charts += [InstalledChart(node, missing, resource.via) for node in found]
            resource.unfolded = bool(found)

    def _add_set(self, owner: Resource) -> None:
        """Take what a ResourceSet makes as applied."""
        providers = [item.node for item in self._providers]
        made, unknown = expand_resource_set(owner.node, providers, self.tree.budget.part())
        self._note_untold(owner, unknown)
        files = {
            item.node.file for item in self._providers if owner.node.get("spec", "inputsFrom") is not None
        }
        self.add(Resource(node, owner.via | files) for node in made)

    def add_folder(
        self, folder: str, overlay: Node | None, owner: Resource | None, *, flat: bool = False
    ) -> None:
        """Take what a folder makes as applied, with what its Kustomization (owner) does to it.

        flat: of a folder without a kustomization only the files right in it.
        """
        made = self._build(folder, self.tree, overlay, self._matters, flat=flat)
        self.cluster.absent += made.absent
        self.cluster.problems += made.problems
        if owner is not None:
            self._finish(made.resources, owner)
        self.add(made.resources)

    def add_chart(self, folder: str) -> None:
        """Take the chart or the values file in a folder as installed."""
        try:
            part = self.tree.budget.part()
            for node in local_chart.read_chart_releases(
                folder, self.tree.content, files=self.tree, budget=part
            ):
                self.cluster.charts.append(InstalledChart(node, [], {node.file}))
        except InputError as error:
            self.cluster.problems.append(error)

    def _add_application_set(self, owner: Resource) -> None:
        """Take what an Argo CD ApplicationSet makes as applied."""
        file = os.path.abspath(owner.node.file)

        def locate(path: str, url: str) -> str | None:
            return self._locate(file, Lead(path, ("", "", url)))

        made, unknown = expand_application_set(owner.node, self.tree, locate)
        self._note_untold(owner, unknown)
        self.add(Resource(node, {*owner.via}) for node in made)

    def _add_application(self, owner: Resource) -> None:
        """Take what an Argo CD Application applies and installs."""
        node = owner.node
        file = os.path.abspath(node.file)
        for source in argo.list_sources(node):
            lead = argo.read_folder_lead(source)
            folder = self._locate(file, lead) if lead is not None else None
            if folder is None or lead is None or not self._matters(folder):
                continue
            if self.tree.is_folder(os.path.join(folder, CHART)) is None:
                self._add_source(folder, source, owner, flat=lead.flat)
        try:
            for made, missing in argo.read_releases(
                node, self._repository(node), self.tree.content, self.tree
            ):
                values = made.get("spec", "values") or made
                files = {child.file for child in [made, values, *values.map.values()]}
                self.cluster.charts.append(InstalledChart(made, missing, owner.via | files))
        except InputError as error:
            self.cluster.problems.append(error)

    def _add_source(self, folder: str, source: Node, owner: Resource, *, flat: bool) -> None:
        """Take what an Application applies of a folder, with what its source does to it."""
        identity = (folder, owner.name, owner.node.text_at("spec", "destination", "namespace"))
        if identity in self._sources:
            return  # it applies itself, as a root may do
        self._sources.add(identity)
        made = self._build(folder, self.tree, make_overlay(source), self._matters, flat=flat)
        self.cluster.absent += made.absent
        self.cluster.problems += made.problems
        resources = made.resources
        if self.tree.kustomization(folder) is None:
            resources = [
                item for item in resources if takes_file(source, folder, os.path.abspath(item.node.file))
            ]
        place_in_namespace(resources, owner.node)
        for resource in resources:
            resource.via |= owner.via | {owner.node.file}
        self.add(resources)

    def _note_untold(self, owner: Resource, unknown: Sequence[InputError]) -> None:
        self.cluster.absent += unknown
        if unknown:
            self.cluster.untold.append(Unresolved(owner.node, unknown[0].message, owner.via))

    def _repository(self, application: Node) -> str:
        """Return the folder (absolute) that an Application's paths count from: where the first that is there does."""
        file = os.path.abspath(application.file)
        for lead in argo.read_leads(application):
            place = self._locate(file, lead)
            path = os.path.normpath(lead.path.strip("/"))
            if place is not None:
                return place.removesuffix(path).rstrip(os.sep) if path != "." else place
        return os.path.dirname(file)

    def follow(self) -> None:
        """Apply every Kustomization; one whose variables are not there yet waits until nothing else is left to do."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            lacking = {id(resource) for resource in waiting if self._lacks(resource.node)}
            if len(lacking) == len(waiting):
                # They wait for what one of themselves applies: in a running cluster it is there from the last
                # time.
                for resource in waiting:
                    self._foresee(resource)
                lacking = {id(resource) for resource in waiting if self._lacks(resource.node)}
            stuck = len(lacking) == len(waiting)
            for resource in waiting:
                if stuck or id(resource) not in lacking:
                    self._apply(resource)
                else:
                    self._waiting.append(resource)

    def _foresee(self, owner: Resource) -> None:
        """Remember the ConfigMaps that a Kustomization will apply, as they are before any substitution."""
        place = self._place(owner.node)
        if place is not None and self._matters(place):
            for resource in self._build(place, self.tree, _on_top(owner.node), self._matters).resources:
                if resource.kind == "ConfigMap":
                    self._config_maps.setdefault(resource.name, []).append(resource.node)

    def _apply(self, owner: Resource) -> None:
        node = owner.node
        identity = (owner.namespace, owner.name, node.text_at("spec", "path"))
        if identity in self._seen:
            return
        self._seen.add(identity)
        folder = self._place(node)
        suspend = node.get("spec", "suspend")
        if suspend is not None and suspend.value is True:
            self.cluster.suspended.append(suspend.error(f"the Kustomization {owner.name} is suspended"))
            self.cluster.suspended_places += [folder] if folder is not None else []
            return
        if folder is None:
            path = node.get("spec", "path")
            about = f"its path {path.text if path is not None else '.'} is not in this repository"
            self.cluster.absent.append((path or node).error(f"the Kustomization {owner.name}: {about}"))
            return
        if self._matters(folder):
            self.add_folder(folder, _on_top(node), owner)

    def _place(self, node: Node) -> str | None:
        return self._locate(os.path.abspath(node.file), read_flux_lead(node))

    def _finish(self, resources: Iterable[Resource], owner: Resource) -> None:
        """Do to the objects what Flux does after kustomize: common metadata, substitution, the files that led here."""
        common = owner.node.get("spec", "commonMetadata")
        post = owner.node.get("spec", "postBuild")
        found, elsewhere = self._variables(owner.node) if post is not None else ({}, False)
        always = owner.node.text_at("spec", "postBuild", "substituteStrategy") == "Always"
        budget = self.tree.budget.part()
        for resource in resources:
            resource.via |= owner.via | {owner.node.file}
            for key in ("labels", "annotations") if common is not None else ():
                pairs = common.get(key) if common is not None else None
                if pairs is not None:
                    known = resource.node.get("metadata", key)
                    merged = {**(known.map if known is not None else {}), **pairs.map}
                    resource.node = put(resource.node, ("metadata", key), Node.made(merged, pairs))
            try:
                resource.node = substitute_variables(
                    resource.node, found, elsewhere, always=always, budget=budget
                )
            except InputError as error:
                if error not in self.cluster.problems:
                    self.cluster.problems.append(error)

    def _variables(self, node: Node) -> tuple[dict[str, Node], bool]:
        """Return the variables of a Kustomization, and whether there may be more that the repository does not hold."""
        found: dict[str, Node] = {}
        elsewhere = False
        for reference in _references(node):
            source = self._source(reference, node)
            if source is None:
                elsewhere = True
            else:
                data = source.get("data")
                for name, value in data.map.items() if data is not None else ():
                    if value.text.startswith(_ENCRYPTED):
                        elsewhere = True
                    else:
                        found[name] = value
        inline = node.get("spec", "postBuild", "substitute")
        found.update(inline.map if inline is not None else {})
        return found, elsewhere

    def _source(self, reference: Node, node: Node) -> Node | None:
        """Return the ConfigMap that variables come from; a Secret's values are never read."""
        if reference.text_at("kind") != "ConfigMap":
            return None
        namespace, name = node.text_at("metadata", "namespace"), reference.text_at("name")
        return Objects(self._config_maps.get(name, ())).find("ConfigMap", namespace, name)

    def _lacks(self, node: Node) -> bool:
        return any(
            reference.text_at("kind") == "ConfigMap" and self._source(reference, node) is None
            for reference in _references(node)
        )


def _locate_anywhere(tree: Tree) -> Locate:
    located = SourcePaths(tree.workspace)

    def locate(file: str, lead: Lead) -> str | None:
        place = located.locate(file, lead.path)
        return place[1] if place is not None else None

    return locate


def _on_top(node: Node) -> Node | None:
    """Return the keys of a kustomization that a Flux Kustomization puts on top; None where it has none."""
    spec = node.get("spec") or node
    overlay = {key: spec.map[name] for name, key in _ON_TOP.items() if name in spec.map}
    return Node.made({**overlay}, spec) if overlay else None


def _references(node: Node) -> list[Node]:
    found = node.get("spec", "postBuild", "substituteFrom")
    return found.list if found is not None else []
