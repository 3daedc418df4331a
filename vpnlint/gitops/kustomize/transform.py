"""The changes that a kustomization makes to its resources, in kustomize's order.

The order is that of kustomize 5.8.1 (api/internal/target/kusttarget_configplugin.go).
"""

from __future__ import annotations

from collections.abc import Sequence

from vpnlint.errors import InputError
from vpnlint.gitops.kustomize import patches, replacements, transformers
from vpnlint.gitops.kustomize.kustomization import Kustomization
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.selector import check_pattern
from vpnlint.source.node import Node


def transform_resources(kustomization: Kustomization, resources: list[Resource]) -> list[Resource]:
    """Return the resources after all changes of a kustomization, except for those of its components.

    The kustomization notes changes that cannot be made.
    """
    root = kustomization.root
    _charge(kustomization, resources)
    resources = _apply_patches(kustomization, resources, "patchesStrategicMerge", "patches")
    if (namespace := root.get("namespace")) is not None and namespace.text:
        transformers.set_namespace(resources, namespace)
    transformers.add_affixes(resources, root.get("namePrefix"), root.get("nameSuffix"))
    _add_labels(kustomization, resources)
    if (annotations := root.get("commonAnnotations")) is not None:
        transformers.add_annotations(resources, annotations)
    resources = _apply_patches(kustomization, resources, "patchesJson6902")
    transformers.set_replicas(resources, kustomization.list_entries("replicas"))
    transformers.set_images(resources, _check_images(kustomization))
    for replacement in kustomization.list_replacements():
        try:
            replacements.check_replacement(replacement)
        except InputError as error:
            kustomization.problems.append(error)
            continue
        try:
            replacements.apply_replacement(replacement, resources, kustomization.budget)
        except InputError as error:
            kustomization.absent.append(error)  # its source may be an object that nobody wanted to read
    return resources


def _charge(kustomization: Kustomization, resources: Sequence[Resource]) -> None:
    """Charge the budget for labels, annotations, names and patches, which grow with each resource."""
    root = kustomization.root
    pairs = [entry.get("pairs") for entry in kustomization.list_entries("labels")]
    pairs += [root.get(key) for key in ("commonLabels", "commonAnnotations")]
    affixes = [root.text_at(key) for key in ("namePrefix", "nameSuffix", "namespace")]
    patched = kustomization.list_entries(
        "patches", "patchesStrategicMerge", "patchesJson6902", "images", "replacements"
    )
    kustomization.budget.spend(
        root,
        nodes=len(resources) * sum(len(node.map) for node in pairs if node is not None),
        text=len(resources) * sum(map(len, affixes)),
        steps=len(resources) * len(patched),
    )


def _check_images(kustomization: Kustomization) -> list[Node]:
    """Return the entries of `images` whose names are valid regular expressions; kustomize refuses others."""
    images = []
    for entry in kustomization.list_entries("images"):
        name = entry.get("name")
        try:
            if name is not None:
                check_pattern(name)
            images.append(entry)
        except InputError as error:
            kustomization.problems.append(error)
    return images


def _apply_patches(kustomization: Kustomization, resources: list[Resource], *keys: str) -> list[Resource]:
    for patch, files in kustomization.read_patches(*keys):
        before = {id(resource): resource.node for resource in resources}
        named = patches.select_targets(patch, resources) if patch.target is None else []
        if named and not any(patches.names_exactly(patch.body, resource) for resource in named):
            message = "no object has this apiVersion, name and namespace yet; kustomize refuses the patch"
            kustomization.problems.append(patches.refuse_patch(patch, message))
        try:
            patched = patches.apply_patch(patch, resources)
            left = {id(resource) for resource in patched}
            kustomization.removed.extend(item.node.file for item in resources if id(item) not in left)
            resources = patched
        except InputError as error:
            kustomization.problems.append(error)
            continue
        for resource in resources:
            if resource.node is not before[id(resource)]:
                resource.via |= files
    return resources


def _add_labels(kustomization: Kustomization, resources: Sequence[Resource]) -> None:
    for entry in kustomization.list_entries("labels"):
        pairs = entry.get("pairs")
        if pairs is not None:
            transformers.add_labels(
                resources,
                pairs,
                selectors=entry.is_true("includeSelectors"),
                templates=entry.is_true("includeTemplates"),
                fields=entry.items("fields"),
            )
    common = kustomization.root.get("commonLabels")
    if common is not None:
        transformers.add_labels(resources, common, selectors=True, templates=True)
