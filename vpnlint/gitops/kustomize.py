"""`kustomize build`, offline and on Nodes: the objects of a folder, each field knowing the file and line it was written at.

The order of the steps is that of kustomize 5.8.1 (api/internal/target/kusttarget.go). What cannot be had (a remote resource, a file that is
not there, a Helm chart) is noted and left out; all else goes on, where kustomize itself would stop.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from vpnlint.document import Content
from vpnlint.errors import InputError
from vpnlint.gitops import generators, patches, references, replacements, transformers, variables
from vpnlint.gitops.fields import each, text
from vpnlint.gitops.resource import Resource
from vpnlint.gitops.tree import Tree
from vpnlint.node import Node

_LOCAL = "config.kubernetes.io/local-config"
_REMOTE = ("://", "git@", "github.com/", "?ref=", "git::")
_LISTS = ("resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902")
_NOT_READ = ("helmCharts", "helmChartInflationGenerator", "generators", "transformers")


@dataclass
class Build:
    """What is known so far: the objects, what could not be had (`absent`), and what kustomize would refuse (`problems`)."""

    resources: list[Resource] = field(default_factory=list)
    absent: list[InputError] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)


def build(
    folder: str,
    tree: Tree,
    overlay: Node | None = None,
    matters: Callable[[str], bool] = lambda _: True,
) -> Build:
    """Return what a folder's kustomization makes; of a folder without one, all its manifests, as Flux takes it.

    overlay: a mapping of further keys of a kustomization, such as Flux puts on top (namespace, patches, images …).
    matters tells of a file or folder whether it leads to anything of interest; the others are left out.
    """
    builder = _Builder(tree, matters)
    resources = builder.top(folder, overlay)
    builder.finish(resources)
    return Build(resources, builder.absent, builder.problems)


class _Builder:
    def __init__(self, tree: Tree, matters: Callable[[str], bool]) -> None:
        self.tree = tree
        self._matters = matters
        self.absent: list[InputError] = []
        self.problems: list[InputError] = []
        self.references: list[references.Reference] = [*references.BUILT_IN]
        self.variables: list[Node] = []
        self._open: list[str] = []

    def top(self, folder: str, overlay: Node | None) -> list[Resource]:
        """Return what a folder makes together with the keys put on top, as Flux writes both into one kustomization."""
        path = self.tree.kustomization(folder)
        if path is not None:
            return self.folder(folder, overlay)
        resources = self._together([], self._manifests(folder))
        return resources if overlay is None else self._transformed(overlay, folder, resources)

    def folder(self, folder: str, overlay: Node | None = None) -> list[Resource]:
        """Return what the kustomization in a folder makes."""
        path = self.tree.kustomization(folder)
        if path is None:
            return []
        self._open.append(path)
        roots = self.tree.documents(path)
        self.problems += self.tree.problems.get(self.tree.name(path), [])
        root = roots[0] if roots else Node.made({}, Content("", self.tree.name(path)))
        resources = self._kustomization(_both(root, overlay), folder, [])
        self._open.pop()
        return resources

    def _kustomization(self, root: Node, folder: str, before: list[Resource]) -> list[Resource]:
        for key in _LISTS:
            listed = root.get(key)
            if listed is not None and listed.value is not None and not isinstance(listed.value, list):
                self.problems.append(_about(listed, f"{key} must be a list; kustomize refuses this"))
        found = [
            item for entry in _entries(root, "resources", "bases") for item in self._resource(entry, folder)
        ]
        resources = self._together(before, found)
        for entry in _entries(root, "configurations"):
            file = self._path(entry, folder)
            for configuration in self.tree.documents(file) if file is not None else []:
                self.references += references.configured(configuration)
        resources = self._generated(root, folder, resources)
        for key in _NOT_READ:
            if root.get(key) is not None:
                self.absent.append(_about(root.key(key), f"{key} is not followed"))
        return self._transformed(root, folder, resources, own=len(before))

    def _transformed(
        self, root: Node, folder: str, resources: list[Resource], *, own: int = 0
    ) -> list[Resource]:
        """Return the resources after a kustomization's components and transformers; those from `own` on come from it."""
        for entry in _entries(root, "components"):
            resources = self._component(entry, folder, resources)
        resources = self._patched(root, folder, resources, "patchesStrategicMerge", "patches")
        if (namespace := root.get("namespace")) is not None and namespace.text:
            transformers.set_namespace(resources, namespace)
        transformers.add_affixes(resources, root.get("namePrefix"), root.get("nameSuffix"))
        _label(root, resources)
        if (annotations := root.get("commonAnnotations")) is not None:
            transformers.add_annotations(resources, annotations)
        resources = self._patched(root, folder, resources, "patchesJson6902")
        transformers.set_replicas(resources, _entries(root, "replicas"))
        transformers.set_images(resources, _entries(root, "images"))
        for replacement in self._replacements(root, folder):
            try:
                replacements.replace(replacement, resources)
            except InputError as error:
                self.absent.append(error)  # its source may be an object that nobody wanted to read
        self.variables += _entries(root, "vars")
        for resource in resources[own:]:
            resource.via.add(root.file)
        return resources

    def finish(self, resources: list[Resource]) -> None:
        """Do what is done once, at the end: hashes, references by name, variables, and what is only for local use."""
        for resource in resources:
            if resource.hashed:
                generators.with_hash(resource)
        references.follow(resources, self.references)
        variables.fill(self.variables, resources)
        resources[:] = [resource for resource in resources if not _is_local(resource)]
        for resource in resources:
            annotations = resource.node.get("metadata", "annotations")
            if annotations is not None and not annotations.map:
                resource.node = each(resource.node, ("metadata", "annotations"), lambda _: None)

    def _together(self, before: list[Resource], found: list[Resource]) -> list[Resource]:
        """Return resources and those found next; of two that are one to kustomize, which refuses it, the first."""
        resources = list(before)
        known = {resource.identity for resource in before}
        for resource in found:
            if resource.name and resource.identity in known:
                named = resource.node.get("metadata", "name") or resource.node
                message = f"the {resource.kind} {resource.name} is listed twice; kustomize refuses that"
                self.problems.append(_about(named, message))
                continue
            known.add(resource.identity)
            resources.append(resource)
        return resources

    def _resource(self, entry: Node, folder: str) -> list[Resource]:
        path = self._path(entry, folder)
        if path is None or not self._matters(path):
            return []
        if not self.tree.is_folder(path):
            return self._entry(path)
        file = self.tree.kustomization(path)
        if file is not None:
            return [] if self._is_open(file, entry) else self.folder(path)
        # Kustomize stops here; in a checkout that lacks the file, what lies there is the best guess at what it listed.
        self.absent.append(_about(entry, f"{entry.text} has no kustomization.yaml"))
        return list({resource.identity: resource for resource in self._manifests(path)}.values())

    def _manifests(self, folder: str) -> list[Resource]:
        return [item for path in self.tree.listing(folder) for item in self._entry(path)]

    def _entry(self, path: str) -> list[Resource]:
        if not self._matters(path):
            return []
        if self.tree.is_folder(path):
            return self.folder(path)
        return [Resource(node, {node.file}) for node in self.tree.manifest(path)]

    def _is_open(self, file: str, entry: Node) -> bool:
        """Tell whether an entry leads back to a kustomization that is being built, and note it."""
        if file not in self._open:
            return False
        self.problems.append(
            _about(entry, f"{entry.text} leads back to this kustomization; kustomize refuses that")
        )
        return True

    def _component(self, entry: Node, folder: str, resources: list[Resource]) -> list[Resource]:
        path = self._path(entry, folder)
        file = self.tree.kustomization(path) if path is not None else None
        if path is None or file is None or self._is_open(file, entry):
            return resources
        self._open.append(file)
        for root in self.tree.documents(file):
            resources = self._kustomization(root, path, resources)
        self._open.pop()
        return resources

    def _generated(self, root: Node, folder: str, resources: list[Resource]) -> list[Resource]:
        def read(name: str, entry: Node) -> Content | None:
            path = self._path(Node.made(name, entry), folder)
            return self.tree.content(path) if path is not None else None

        for kind, key in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
            for entry in _entries(root, key):
                made = generators.generate(kind, entry, root.get("generatorOptions"), read)
                made.via |= {entry.file} | {
                    node.file for node in (made.node.get("data") or made.node).map.values()
                }
                behavior = text(entry, "behavior")
                if behavior in ("merge", "replace"):
                    generators.merge(made, behavior, resources)
                else:
                    resources = self._together(resources, [made])
        return resources

    def _patched(self, root: Node, folder: str, resources: list[Resource], *keys: str) -> list[Resource]:
        for patch, files in self._patches(root, folder, *keys):
            before = {id(resource): resource.node for resource in resources}
            named = patches.selected(patch, resources) if patch.target is None else []
            if named and not any(patches.is_exact(patch.body, resource) for resource in named):
                message = "no object has this apiVersion, name and namespace yet; kustomize refuses the patch"
                self.problems.append(patches.broken(patch, _about(patch.body, message)))
            try:
                resources = patches.apply(patch, resources)
            except InputError as error:
                self.problems.append(patches.broken(patch, error))
                continue
            for resource in resources:
                if resource.node is not before[id(resource)]:
                    resource.via |= files
        return resources

    def _patches(self, root: Node, folder: str, *keys: str) -> Iterator[tuple[patches.Patch, set[str]]]:
        for key in keys:
            for entry in _entries(root, key):
                path = entry if entry.text else entry.get("path")
                given = entry.text if "\n" in entry.text or ":" in entry.text else ""
                file = None if path is None or given else self._path(path, folder)
                body = (
                    Node.made(given, entry)
                    if given
                    else self.tree.content(file)
                    if file
                    else entry.get("patch")
                )
                try:
                    for patch in patches.read(self.tree.within(body), entry) if body is not None else ():
                        yield patch, {entry.file, patch.body.file}
                except InputError as error:
                    self.problems.append(error)

    def _replacements(self, root: Node, folder: str) -> Iterator[Node]:
        for entry in _entries(root, "replacements"):
            if "path" not in entry.map:
                yield entry
                continue
            file = self._path(entry.map["path"], folder)
            for document in self.tree.documents(file) if file is not None else []:
                yield from document.list or [document]

    def _path(self, entry: Node, folder: str) -> str | None:
        """Return the path that an entry names, or None, with a note, where nothing is there."""
        name = entry.text
        path = os.path.normpath(os.path.join(folder, name))
        if name and self.tree.is_folder(path) is not None:
            return path
        remote = any(mark in name for mark in _REMOTE)
        self.absent.append(_about(entry, f"{name} is remote" if remote else f"{name} is not there"))
        return None


def _both(root: Node, overlay: Node | None) -> Node:
    """Return a kustomization with further keys: lists behind its own, all else instead of its own."""
    if overlay is None:
        return root
    merged = dict(root.map)
    for key, node in overlay.map.items():
        own = merged.get(key)
        merged[key] = Node.made([*own.list, *node.list], node) if own is not None and node.list else node
    return Node.made(merged, root)


def _label(root: Node, resources: Iterable[Resource]) -> None:
    resources = list(resources)
    for entry in _entries(root, "labels"):
        pairs = entry.get("pairs")
        if pairs is not None:
            selectors, templates = (
                (found := entry.get(key)) is not None and found.value is True
                for key in ("includeSelectors", "includeTemplates")
            )
            transformers.add_labels(
                resources, pairs, selectors=selectors, templates=templates, fields=_entries(entry, "fields")
            )
    common = root.get("commonLabels")
    if common is not None:
        transformers.add_labels(resources, common, selectors=True, templates=True)


def _is_local(resource: Resource) -> bool:
    mark = resource.node.get("metadata", "annotations", _LOCAL)
    return mark is not None and mark.value != "false"


def _entries(root: Node, *keys: str) -> list[Node]:
    found = [root.get(key) for key in keys]
    return [item for node in found if node is not None for item in node.list]


def _about(entry: Node, message: str) -> InputError:
    return InputError(entry.file, message, *entry.span[1:3])
