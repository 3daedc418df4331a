"""The last steps of a build: hashed names, references to renamed objects, vars and local-config objects.

Source: kustomize 5.8.1, api/krusty/kustomizer.go and api/internal/target/kusttarget.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vpnlint.gitops.kustomize.generators import append_hash
from vpnlint.gitops.kustomize.name_references import NameReference, update_name_references
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.vars import fill_vars
from vpnlint.source.budget import Budget
from vpnlint.source.edit import map_values
from vpnlint.source.node import Node

_LOCAL = "config.kubernetes.io/local-config"


def finish_resources(
    resources: list[Resource], references: Iterable[NameReference], declared: Sequence[Node], budget: Budget
) -> None:
    """Finish the objects of a build, in place.

    references: where objects name others. declared: the entries of `vars`. Raises InputError where filling in
    the vars would exceed the budget.
    """
    for resource in resources:
        if resource.hashed:
            append_hash(resource)
    update_name_references(resources, references)
    fill_vars(declared, resources, budget)
    resources[:] = [resource for resource in resources if not _is_local(resource)]
    for resource in resources:
        annotations = resource.node.get("metadata", "annotations")
        if annotations is not None and not annotations.map:
            resource.node = map_values(resource.node, ("metadata", "annotations"), lambda _: None)


def _is_local(resource: Resource) -> bool:
    mark = resource.node.get("metadata", "annotations", _LOCAL)
    return mark is not None and mark.value != "false"
