"""`kustomize build`, offline and on Nodes: a folder's objects, with the place of every field.

The order of the steps is that of kustomize 5.8.1 (api/internal/target/kusttarget.go). A remote resource, a
missing file or a Helm chart is noted and left out; the build goes on where kustomize itself would stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.build_result import BuildResult
from vpnlint.gitops.kustomize.finish import finish_resources
from vpnlint.gitops.kustomize.generators import generate_objects
from vpnlint.gitops.kustomize.helm_charts import inflate_charts
from vpnlint.gitops.kustomize.join import join_resources
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
# The cost of an entry, and of an object at each kustomization that it passes, in steps of the budget.
_ENTRY, _TOUCH = 30, 8


def build_folder(
    folder: str,
    tree: Tree,
    overlay: Node | None = None,
    matters: Callable[[str], bool] = lambda _: True,
    *,
    files: Sequence[str] | None = None,
) -> BuildResult:
    """Return the objects that a folder's kustomization builds; without one all its manifests, as in Flux.

    overlay: a mapping of further keys, such as a Flux Kustomization adds (namespace, patches, images …).
    matters: tells whether a file or folder leads to anything of interest; the others are left out. files:
    the manifests (absolute) to take instead of what the kustomization or the folder holds.
    """
    builder = _Builder(tree, matters)
    try:
        resources = builder.build_top(folder, overlay, files)
        finish_resources(resources, builder.references, builder.vars, builder.budget)
    except InputError as error:
        return BuildResult([], builder.absent, [*builder.problems, error], [])
    return BuildResult(resources, builder.absent, builder.problems, builder.removed)


class _Builder:
    def __init__(
        self,
        tree: Tree,
        matters: Callable[[str], bool],
        read: Callable[[str], list[Node]] | None = None,
    ) -> None:
        self.tree = tree
        self._matters = matters
        self._read_objects = read or tree.manifest
        self.absent: list[InputError] = []
        self.problems: list[InputError] = []
        self.removed: list[str] = []
        self.references: list[NameReference] = [*BUILT_IN]
        self.vars: list[Node] = []
        self.budget = tree.budget.allot_part()
        self._open: list[str] = []

    def build_top(self, folder: str, overlay: Node | None, files: Sequence[str] | None) -> list[Resource]:
        """Return the objects of a folder and the overlay, built as one kustomization."""
        if files is None and self.tree.kustomization(folder) is not None:
            return self.build_folder(folder, overlay)
        paths = self.tree.listing(folder) if files is None else files
        items = (item for path in paths for item in self._read_place(path))
        resources = join_resources([], items, self.problems)
        return (
            resources
            if overlay is None
            else self._transform(self._make_kustomization(overlay, folder), resources)
        )

    def build_folder(self, folder: str, overlay: Node | None = None) -> list[Resource]:
        """Return the objects that the kustomization in a folder builds."""
        path = self.tree.kustomization(folder)
        if path is None:
            return []
        roots = self.tree.documents(path)
        self._open.append(path)
        self.problems += self.tree.problems.get(self.tree.name(path), [])
        root = roots[0] if roots else Node.make({}, TextNode("", self.tree.name(path)))
        resources = self._build_kustomization(
            self._make_kustomization(merge_overlay(root, overlay), folder), []
        )
        self._open.pop()
        return resources

    def _make_kustomization(self, root: Node, folder: str) -> Kustomization:
        return Kustomization(root, folder, self.tree, self.budget, self.absent, self.problems, self.removed)

    def _build_kustomization(self, kustomization: Kustomization, before: list[Resource]) -> list[Resource]:
        for key in _LISTS:
            node = kustomization.root.get(key)
            if node is not None and node.value is not None and not isinstance(node.value, list):
                self.problems.append(node.error(f"{key} must be a list; kustomize refuses this"))
        listed: list[Resource] = []
        for entry in kustomization.list_entries("resources", "bases"):
            below = self._build_entry(entry, kustomization)
            self.budget.spend(entry, steps=_ENTRY + _TOUCH * len(below))
            listed += below
        resources = join_resources(before, listed, self.problems)
        for entry in kustomization.list_entries("configurations"):
            file = kustomization.find_path(entry)
            for configuration in self.tree.documents(file) if file is not None else []:
                self.references += read_name_references(configuration)
        resources = self._generate(kustomization, resources)
        resources = self._transform(kustomization, resources)
        for resource in resources[len(before) :]:
            resource.via.add(kustomization.root.file)
        return resources

    def _transform(self, kustomization: Kustomization, resources: list[Resource]) -> list[Resource]:
        """Return the resources after a kustomization's components and its other changes."""
        for entry in kustomization.list_entries("components"):
            resources = self._add_component(entry, kustomization, resources)
        self.vars += kustomization.list_entries("vars")
        resources = transform_resources(kustomization, resources)
        for config in self._list_plugins(kustomization, "transformers"):
            overlay = read_transformer(config)
            if overlay is not None:
                resources = transform_resources(
                    self._make_kustomization(overlay, kustomization.folder), resources
                )
            elif not apply_field_specs(config, resources):
                self._note_unknown_plugin(config)
        return resources

    def _list_plugins(self, kustomization: Kustomization, key: str) -> Iterator[Node]:
        """Yield the configurations of the plugins that a kustomization lists by file, folder or text."""
        for entry in kustomization.list_entries(key):
            if "\n" not in entry.text:
                builder = _Builder(self.tree, lambda _: True, self.tree.documents)
                builder.absent, builder.problems, builder.budget = self.absent, self.problems, self.budget
                builder._open = self._open
                yield from (config.node for config in builder._build_entry(entry, kustomization))
                continue
            for document in self.tree.within(entry):
                if isinstance(document, InputError):
                    self.problems.append(document)
                else:
                    yield document.root

    def _note_unknown_plugin(self, config: Node) -> None:
        kind = config.text_at("kind")
        self.absent.append(config.error(f"the plugin {kind} is none of kustomize's own; it is not followed"))

    def _build_entry(self, entry: Node, kustomization: Kustomization) -> list[Resource]:
        path = kustomization.find_path(entry)
        if path is None or not self._matters(path):
            return []
        if not self.tree.is_folder(path):
            return self._read_place(path)
        file = self.tree.kustomization(path)
        if file is not None:
            return [] if self._refuses_nesting(file, entry) else self.build_folder(path)
        # Kustomize stops here. If the checkout lacks the file, it most likely listed the manifests beside it.
        self.absent.append(entry.error(f"{entry.text} has no kustomization.yaml"))
        return list({resource.identity: resource for resource in self._read_manifests(path)}.values())

    def _read_manifests(self, folder: str) -> list[Resource]:
        return [item for path in self.tree.listing(folder) for item in self._read_place(path)]

    def _read_place(self, path: str) -> list[Resource]:
        if not self._matters(path):
            return []
        if self.tree.is_folder(path):
            return self.build_folder(path)
        nodes = self._read_objects(path)
        if nodes:
            self.budget.spend(nodes[0], objects=len(nodes))
        return [Resource(node, {node.file}) for node in nodes]

    def _refuses_nesting(self, file: str, entry: Node) -> bool:
        """Note that an entry leads back to an open kustomization, or too deep; return whether it does."""
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

    def _add_component(
        self, entry: Node, kustomization: Kustomization, resources: list[Resource]
    ) -> list[Resource]:
        path = kustomization.find_path(entry)
        file = self.tree.kustomization(path) if path is not None else None
        if path is None or file is None or self._refuses_nesting(file, entry):
            return resources
        self._open.append(file)
        for root in self.tree.documents(file):
            self.budget.spend(entry, steps=_ENTRY + _TOUCH * len(resources))
            resources = self._build_kustomization(self._make_kustomization(root, path), resources)
        self._open.pop()
        return resources

    def _generate(self, kustomization: Kustomization, resources: list[Resource]) -> list[Resource]:
        """Return the resources with those that a kustomization's generators make."""
        resources = generate_objects(kustomization, resources)
        resources = join_resources(resources, inflate_charts(kustomization), self.problems)
        for config in self._list_plugins(kustomization, "generators"):
            overlay = read_generator(config, kustomization.root.get("generatorOptions"))
            if overlay is None:
                self._note_unknown_plugin(config)
            else:
                resources = self._generate(self._make_kustomization(overlay, kustomization.folder), resources)
        return resources
