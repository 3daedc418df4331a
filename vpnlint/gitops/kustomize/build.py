"""`kustomize build`, offline and on Nodes: a folder's objects, with the place of every field.

The order of the steps is that of kustomize 5.8.1 (api/internal/target/kusttarget.go). A remote resource, a
missing file or a Helm chart is noted and left out; the build goes on where kustomize itself would stop.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize import generators
from vpnlint.gitops.kustomize.build_result import BuildResult
from vpnlint.gitops.kustomize.finish import finish_resources
from vpnlint.gitops.kustomize.helm_charts import inflate_charts, is_inflated_chart
from vpnlint.gitops.kustomize.kustomization import Kustomization, merge_overlay
from vpnlint.gitops.kustomize.name_references import BUILT_IN, NameReference, read_name_references
from vpnlint.gitops.kustomize.plugins import apply_field_specs, read_generator, read_transformer
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.transform import transform_resources
from vpnlint.source.document import TextNode
from vpnlint.source.node import Node

_LISTS = ("resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902")
# No repository nests kustomizations so deeply, and each takes a few frames of Python's stack.
_MAX_NESTING = 100
# What an entry costs, and an object at each kustomization that it passes, in steps of the budget.
_ENTRY, _TOUCH = 30, 8


def build_folder(
    folder: str,
    tree: Tree,
    overlay: Node | None = None,
    matters: Callable[[str], bool] = lambda _: True,
    *,
    flat: bool = False,
) -> BuildResult:
    """Return what a folder's kustomization builds; without one all its manifests, as in Flux.

    overlay: a mapping of further keys, such as a Flux Kustomization adds (namespace, patches, images …).
    matters: tells whether a file or folder leads to anything of interest; the others are left out. flat: of a
    folder without a kustomization, only the manifests right in it.
    """
    builder = _Builder(tree, matters)
    try:
        resources = builder.top(folder, overlay, flat=flat)
        finish_resources(resources, builder.references, builder.vars, builder.budget)
    except InputError as error:
        return BuildResult([], builder.absent, [*builder.problems, error])
    return BuildResult(resources, builder.absent, builder.problems)


class _Builder:
    def __init__(
        self,
        tree: Tree,
        matters: Callable[[str], bool],
        read: Callable[[str], list[Node]] | None = None,
    ) -> None:
        self.tree = tree
        self._matters = matters
        self._objects = read or tree.manifest
        self.absent: list[InputError] = []
        self.problems: list[InputError] = []
        self.references: list[NameReference] = [*BUILT_IN]
        self.vars: list[Node] = []
        self.budget = tree.budget.allot_part()
        self._open: list[str] = []

    def top(self, folder: str, overlay: Node | None, *, flat: bool) -> list[Resource]:
        """Return what a folder and the overlay build, as one kustomization."""
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
        """Return what the kustomization in a folder builds."""
        path = self.tree.kustomization(folder)
        if path is None:
            return []
        roots = self.tree.documents(path)
        self._open.append(path)
        self.problems += self.tree.problems.get(self.tree.name(path), [])
        root = roots[0] if roots else Node.make({}, TextNode("", self.tree.name(path)))
        resources = self._kustomization(self._read(merge_overlay(root, overlay), folder), [])
        self._open.pop()
        return resources

    def _read(self, root: Node, folder: str) -> Kustomization:
        return Kustomization(root, folder, self.tree, self.budget, self.absent, self.problems)

    def _kustomization(self, read: Kustomization, before: list[Resource]) -> list[Resource]:
        for key in _LISTS:
            listed = read.root.get(key)
            if listed is not None and listed.value is not None and not isinstance(listed.value, list):
                self.problems.append(listed.error(f"{key} must be a list; kustomize refuses this"))
        found: list[Resource] = []
        for entry in read.entries("resources", "bases"):
            below = self._resource(entry, read)
            self.budget.spend(entry, steps=_ENTRY + _TOUCH * len(below))
            found += below
        resources = self._together(before, found)
        for entry in read.entries("configurations"):
            file = read.path(entry)
            for configuration in self.tree.documents(file) if file is not None else []:
                self.references += read_name_references(configuration)
        resources = self._generated(read, resources)
        resources = self._transformed(read, resources)
        for resource in resources[len(before) :]:
            resource.via.add(read.root.file)
        return resources

    def _transformed(self, read: Kustomization, resources: list[Resource]) -> list[Resource]:
        """Return the resources after a kustomization's components and its other changes."""
        for entry in read.entries("components"):
            resources = self._component(entry, read, resources)
        self.vars += read.entries("vars")
        resources = transform_resources(read, resources)
        for config in self._plugins(read, "transformers"):
            overlay = read_transformer(config)
            if overlay is not None:
                resources = transform_resources(self._read(overlay, read.folder), resources)
            elif not apply_field_specs(config, resources):
                self._unknown_plugin(config)
        return resources

    def _plugins(self, read: Kustomization, key: str) -> Iterator[Node]:
        """Yield the configurations of the plugins that a kustomization lists by file, folder or text."""
        for entry in read.entries(key):
            if "\n" not in entry.text:
                builder = _Builder(self.tree, lambda _: True, self.tree.documents)
                builder.absent, builder.problems, builder.budget = self.absent, self.problems, self.budget
                builder._open = self._open
                yield from (config.node for config in builder._resource(entry, read))
                continue
            for document in self.tree.within(entry):
                if isinstance(document, InputError):
                    self.problems.append(document)
                else:
                    yield document.root

    def _unknown_plugin(self, config: Node) -> None:
        kind = config.text_at("kind")
        self.absent.append(config.error(f"the plugin {kind} is none of kustomize's own; it is not followed"))

    def _together(self, before: list[Resource], found: list[Resource]) -> list[Resource]:
        """Return resources with those found next.

        Of two with one identity, which kustomize refuses, the first stays. It refuses no two releases of one
        name, only objects that both make.
        """
        resources = list(before)
        known = {resource.identity for resource in before}
        for resource in found:
            if resource.name and resource.identity in known and not is_inflated_chart(resource):
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
        # Kustomize stops here. If the checkout lacks the file, the manifests beside it are the best guess at
        # what it listed.
        self.absent.append(entry.error(f"{entry.text} has no kustomization.yaml"))
        return list({resource.identity: resource for resource in self._manifests(path)}.values())

    def _manifests(self, folder: str) -> list[Resource]:
        return [item for path in self.tree.listing(folder) for item in self._entry(path)]

    def _entry(self, path: str) -> list[Resource]:
        if not self._matters(path):
            return []
        if self.tree.is_folder(path):
            return self.folder(path)
        found = self._objects(path)
        if found:
            self.budget.spend(found[0], objects=len(found))
        return [Resource(node, {node.file}) for node in found]

    def _is_open(self, file: str, entry: Node) -> bool:
        """Tell whether an entry leads back to an open kustomization or too deep, and take a note of it."""
        if len(self._open) >= _MAX_NESTING:
            message = f"kustomizations nest more than {_MAX_NESTING} levels deep; the rest is not followed"
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
            self.budget.spend(entry, steps=_ENTRY + _TOUCH * len(resources))
            resources = self._kustomization(self._read(root, path), resources)
        self._open.pop()
        return resources

    def _generated(self, read: Kustomization, resources: list[Resource]) -> list[Resource]:
        def content(name: str, entry: Node) -> TextNode | None:
            path = read.path(Node.make(name, entry))
            found = self.tree.content(path) if path is not None else None
            if found is not None:
                self.budget.spend(entry, text=len(found.text))
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
        resources = self._together(resources, inflate_charts(read))
        for config in self._plugins(read, "generators"):
            overlay = read_generator(config, read.root.get("generatorOptions"))
            if overlay is None:
                self._unknown_plugin(config)
            else:
                resources = self._generated(self._read(overlay, read.folder), resources)
        return resources
