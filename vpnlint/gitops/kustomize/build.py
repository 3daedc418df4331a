"""`kustomize build`, offline and on Nodes: a folder's objects, each field at its place.

The order of the steps is that of kustomize 5.8.1 (api/internal/target/kusttarget.go). What cannot be had (a
remote resource, a file that is not there, a Helm chart) is noted and left out; all else goes on, where
kustomize itself would stop.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize import generators
from vpnlint.gitops.kustomize import name_references as references
from vpnlint.gitops.kustomize import vars as variables
from vpnlint.gitops.kustomize.helm_charts import inflate_charts
from vpnlint.gitops.kustomize.kustomization import Kustomization
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.transform import transform_resources
from vpnlint.source.document import Content
from vpnlint.source.edit import each
from vpnlint.source.node import Node

_LOCAL = "config.kubernetes.io/local-config"
_LISTS = ("resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902")
# A chain of so many is no repository, and each takes a few frames of Python's stack.
_MAX_NESTING = 100
# What an entry costs, and an object at each kustomization that it passes, in steps of the budget.
_ENTRY, _TOUCH = 30, 8
_NOT_READ = ("generators", "transformers")


@dataclass
class BuildResult:
    """What a folder makes.

    absent: what could not be had. problems: what kustomize would refuse.
    """

    resources: list[Resource] = field(default_factory=list)
    absent: list[InputError] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)


class BuildFolder(Protocol):
    """What builds a folder as `build_folder` does, such as one that remembers what it built."""

    def __call__(
        self,
        folder: str,
        tree: Tree,
        overlay: Node | None = None,
        matters: Callable[[str], bool] = ...,
        *,
        flat: bool = False,
    ) -> BuildResult:
        """Return what the folder makes."""


def build_folder(
    folder: str,
    tree: Tree,
    overlay: Node | None = None,
    matters: Callable[[str], bool] = lambda _: True,
    *,
    flat: bool = False,
) -> BuildResult:
    """Return what a folder's kustomization makes; without one all its manifests, as in Flux.

    overlay: a mapping of further keys of a kustomization, such as Flux puts on top (namespace, patches,
    images …). matters tells of a file or folder whether it leads to anything of interest; the others are left
    out. flat: of a folder without a kustomization, only the manifests right in it.
    """
    builder = _Builder(tree, matters)
    try:
        resources = builder.top(folder, overlay, flat=flat)
        builder.finish(resources)
    except InputError as error:
        return BuildResult([], builder.absent, [*builder.problems, error])
    return BuildResult(resources, builder.absent, builder.problems)


class _Builder:
    def __init__(self, tree: Tree, matters: Callable[[str], bool]) -> None:
        self.tree = tree
        self._matters = matters
        self.absent: list[InputError] = []
        self.problems: list[InputError] = []
        self.references: list[references.NameReference] = [*references.BUILT_IN]
        self.variables: list[Node] = []
        self._open: list[str] = []
        self._budget = tree.budget.part()

    def top(self, folder: str, overlay: Node | None, *, flat: bool) -> list[Resource]:
        """Return what a folder makes with the keys put on top, as one kustomization."""
        path = self.tree.kustomization(folder)
        if path is not None:
            return self.folder(folder, overlay)
        paths = [path for path in self.tree.listing(folder) if not flat or os.path.dirname(path) == folder]
        found = [
            item for path in paths if not flat or not self.tree.is_folder(path) for item in self._entry(path)
        ]
        resources = self._together([], found)
        return resources if overlay is None else self._transformed(self._read(overlay, folder), resources)

    def folder(self, folder: str, overlay: Node | None = None) -> list[Resource]:
        """Return what the kustomization in a folder makes."""
        path = self.tree.kustomization(folder)
        if path is None:
            return []
        roots = self.tree.documents(path)
        self._open.append(path)
        self.problems += self.tree.problems.get(self.tree.name(path), [])
        root = roots[0] if roots else Node.made({}, Content("", self.tree.name(path)))
        resources = self._kustomization(self._read(_both(root, overlay), folder), [])
        self._open.pop()
        return resources

    def _read(self, root: Node, folder: str) -> Kustomization:
        return Kustomization(root, folder, self.tree, self._budget, self.absent, self.problems)

    def _kustomization(self, read: Kustomization, before: list[Resource]) -> list[Resource]:
        for key in _LISTS:
            listed = read.root.get(key)
            if listed is not None and listed.value is not None and not isinstance(listed.value, list):
                self.problems.append(listed.error(f"{key} must be a list; kustomize refuses this"))
        found: list[Resource] = []
        for entry in read.entries("resources", "bases"):
            below = self._resource(entry, read)
            self._budget.spend(entry, steps=_ENTRY + _TOUCH * len(below))
            found += below
        resources = self._together(before, found)
        for entry in read.entries("configurations"):
            file = read.path(entry)
            for configuration in self.tree.documents(file) if file is not None else []:
                self.references += references.read_name_references(configuration)
        resources = self._generated(read, resources)
        for key in _NOT_READ:
            if read.root.get(key) is not None:
                self.absent.append(read.root.key(key).error(f"{key} is not followed"))
        resources = self._transformed(read, resources)
        for resource in resources[len(before) :]:
            resource.via.add(read.root.file)
        return resources

    def _transformed(self, read: Kustomization, resources: list[Resource]) -> list[Resource]:
        """Return the resources after a kustomization's components and whatever else it does to them."""
        for entry in read.entries("components"):
            resources = self._component(entry, read, resources)
        self.variables += read.entries("vars")
        return transform_resources(read, resources)

    def finish(self, resources: list[Resource]) -> None:
        """Finish the objects: hashes, references by name, variables, local-config objects."""
        for resource in resources:
            if resource.hashed:
                generators.append_hash(resource)
        references.update_name_references(resources, self.references)
        variables.fill_vars(self.variables, resources, self._budget)
        resources[:] = [resource for resource in resources if not _is_local(resource)]
        for resource in resources:
            annotations = resource.node.get("metadata", "annotations")
            if annotations is not None and not annotations.map:
                resource.node = each(resource.node, ("metadata", "annotations"), lambda _: None)

    def _together(self, before: list[Resource], found: list[Resource]) -> list[Resource]:
        """Return resources and those found next.

        Of two with one identity, which kustomize refuses, the first stays.
        """
        resources = list(before)
        known = {resource.identity for resource in before}
        for resource in found:
            if resource.name and resource.identity in known:
                named = resource.node.get("metadata", "name") or resource.node
                message = f"the {resource.kind} {resource.name} is listed twice; kustomize refuses that"
                self.problems.append(named.error(message))
                continue
            known.add(resource.identity)
            resources.append(resource)
        return resources

    def _resource(self, entry: Node, read: Kustomization) -> list[Resource]:
        path = read.path(entry)
        if path is None or not self._matters(path):
            return []
        if not self.tree.is_folder(path):
            return self._entry(path)
        file = self.tree.kustomization(path)
        if file is not None:
            return [] if self._is_open(file, entry) else self.folder(path)
        # Kustomize stops here; in a checkout that lacks the file, what lies there is the best guess at what
        # it listed.
        self.absent.append(entry.error(f"{entry.text} has no kustomization.yaml"))
        return list({resource.identity: resource for resource in self._manifests(path)}.values())

    def _manifests(self, folder: str) -> list[Resource]:
        return [item for path in self.tree.listing(folder) for item in self._entry(path)]

    def _entry(self, path: str) -> list[Resource]:
        if not self._matters(path):
            return []
        if self.tree.is_folder(path):
            return self.folder(path)
        found = self.tree.manifest(path)
        if found:
            self._budget.spend(found[0], objects=len(found))
        return [Resource(node, {node.file}) for node in found]

    def _is_open(self, file: str, entry: Node) -> bool:
        """Tell, and note, whether an entry leads back to an open kustomization or too deep."""
        if len(self._open) >= _MAX_NESTING:
            message = f"more than {_MAX_NESTING} kustomizations one within another; not followed any further"
            self.problems.append(entry.error(message))
            return True
        if file not in self._open:
            return False
        self.problems.append(
            entry.error(f"{entry.text} leads back to this kustomization; kustomize refuses that")
        )
        return True

    def _component(self, entry: Node, read: Kustomization, resources: list[Resource]) -> list[Resource]:
        path = read.path(entry)
        file = self.tree.kustomization(path) if path is not None else None
        if path is None or file is None or self._is_open(file, entry):
            return resources
        self._open.append(file)
        for root in self.tree.documents(file):
            resources = self._kustomization(self._read(root, path), resources)
        self._open.pop()
        return resources

    def _generated(self, read: Kustomization, resources: list[Resource]) -> list[Resource]:
        def content(name: str, entry: Node) -> Content | None:
            path = read.path(Node.made(name, entry))
            found = self.tree.content(path) if path is not None else None
            if found is not None:
                self._budget.spend(entry, text=len(found.text))
            return found

        for kind, key in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
            for entry in read.entries(key):
                made = generators.generate_object(kind, entry, read.root.get("generatorOptions"), content)
                made.via |= {entry.file} | {
                    node.file for node in (made.node.get("data") or made.node).map.values()
                }
                behavior = entry.text_at("behavior")
                if behavior in ("merge", "replace"):
                    generators.merge_generated(made, behavior, resources)
                else:
                    resources = self._together(resources, [made])
        return self._together(resources, inflate_charts(read))


def _both(root: Node, overlay: Node | None) -> Node:
    """Return a kustomization with further keys.

    Lists go behind its own, mappings over its own; anything else replaces its own.
    """
    if overlay is None:
        return root
    merged = dict(root.map)
    for key, node in overlay.map.items():
        own = merged.get(key)
        if own is not None and node.list:
            node = Node.made([*own.list, *node.list], node)
        elif own is not None and node.map:
            node = Node.made({**own.map, **node.map}, node)
        merged[key] = node
    return Node.made(merged, root)


def _is_local(resource: Resource) -> bool:
    mark = resource.node.get("metadata", "annotations", _LOCAL)
    return mark is not None and mark.value != "false"
