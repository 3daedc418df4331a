"""The objects that Flux's Kustomizations apply, in an order in which their variables are known.

Source: kustomize-controller v1.6 to v1.9 (kustomization_controller.go) and fluxcd/pkg kustomize
(kustomize_generator.go).
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator

from vpnlint.gitops.context import Context
from vpnlint.gitops.flux.kustomization import is_suspended, make_flux_overlay, read_flux_lead
from vpnlint.gitops.flux.post_build import PostBuild
from vpnlint.gitops.kustomize.build_result import BuildResult
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.node import Node


class Kustomizations:
    """The Kustomizations of one cluster; each waits for the ConfigMaps that its variables come from."""

    def __init__(self, context: Context) -> None:
        """Take the context of the cluster; nothing is applied yet."""
        self._tree = context.tree
        self._matters = context.matters
        self._locate = context.locate
        self._build = context.makers.build
        self._cluster = context.cluster
        self._post_build = PostBuild(context.makers.substitute)
        self._waiting: list[Resource] = []
        self._foreseen: dict[Hashable, tuple[Node, BuildResult]] = {}
        self._applied: set[tuple[str, str, str]] = set()

    def add(self, owner: Resource) -> None:
        """Add a Kustomization, which waits for its turn."""
        self._waiting.append(owner)

    def remember(self, resource: Resource) -> None:
        """Remember an applied object if variables may come from it."""
        self._post_build.remember(resource)

    def apply_all(self) -> Iterator[list[Resource]]:
        """Yield the objects of each Kustomization; those that lack variables wait until the others are done.

        The caller adds the Kustomizations among the objects before it takes the next ones.
        """
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            lacking = self._find_lacking(waiting)
            if len(lacking) == len(waiting):
                # They wait for each other's ConfigMaps: in a running cluster these exist from the last time.
                for owner in waiting:
                    self._foresee(owner)
                lacking = self._find_lacking(waiting)
            stuck = len(lacking) == len(waiting)
            for owner in waiting:
                if stuck or id(owner) not in lacking:
                    yield self._apply(owner)
                else:
                    self._waiting.append(owner)

    def _find_lacking(self, waiting: Iterable[Resource]) -> set[int]:
        return {id(owner) for owner in waiting if self._post_build.lacks_variables(owner.node)}

    def _foresee(self, owner: Resource) -> None:
        """Remember the ConfigMaps that a Kustomization will apply, as they are before any substitution."""
        folder = self._find_folder(owner.node)
        if folder is not None and self._matters(folder):
            result = self._build_folder(folder, owner.node)
            self._foreseen[owner.identity] = (owner.node, result)
            for resource in result.resources:
                self.remember(resource)

    def _apply(self, owner: Resource) -> list[Resource]:
        """Return the objects that a Kustomization applies; none if it was applied before."""
        node = owner.node
        identity = (owner.namespace, owner.name, node.text_at("spec", "path"))
        if identity in self._applied:
            return []
        self._applied.add(identity)
        folder = self._find_folder(node)
        if is_suspended(node):
            self._note_suspended(owner, folder)
            return []
        if folder is None:
            path = node.get("spec", "path")
            reason = f"its path {path.text if path is not None else '.'} is not in this repository"
            self._cluster.absent.append((path or node).error(f"the Kustomization {owner.name}: {reason}"))
            return []
        if not self._matters(folder):
            return []
        known, result = self._foreseen.pop(owner.identity, (None, None))
        if known is not node or result is None:
            result = self._build_folder(folder, node)
        resources = self._leave_out_json(folder, self._cluster.take_result(result))
        budget = self._tree.budget.allot_part()
        self._cluster.problems += self._post_build.finish(resources, owner, budget)
        return resources

    def _leave_out_json(self, folder: str, resources: list[Resource]) -> list[Resource]:
        """Return the resources without those of files in JSON, which Flux lists in no kustomization."""
        if self._tree.kustomization(folder) is not None:
            return resources
        left_out = {path for path in self._tree.listing(folder) if path.endswith(".json")}
        return [item for item in resources if os.path.abspath(item.node.file) not in left_out]

    def _note_suspended(self, owner: Resource, folder: str | None) -> None:
        place = owner.node.fields("spec")["suspend"]
        self._cluster.suspended.append(place.error(f"the Kustomization {owner.name} is suspended"))
        self._cluster.suspended_places += [folder] if folder is not None else []

    def _build_folder(self, folder: str, kustomization: Node) -> BuildResult:
        return self._build(folder, self._tree, make_flux_overlay(kustomization), self._matters)

    def _find_folder(self, kustomization: Node) -> str | None:
        return self._locate(os.path.abspath(kustomization.file), read_flux_lead(kustomization))
