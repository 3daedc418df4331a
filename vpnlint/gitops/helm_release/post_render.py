"""A HelmRelease's spec.postRenderers: the changes that Kustomize makes to a chart's objects.

Source: helm-controller 1.6 (internal/postrender/kustomize.go); patchesStrategicMerge and patchesJson6902 are
of the API's v2beta2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vpnlint.gitops.kustomize import patches
from vpnlint.gitops.kustomize.patches import Patch
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.selector import check_pattern, check_selector
from vpnlint.gitops.kustomize.transformers import set_images
from vpnlint.source.document import parse_embedded
from vpnlint.source.node import Node


def apply_post_renderers(nodes: Sequence[Node], release: Node) -> list[Node]:
    """Return a chart's objects after the patches and images of a HelmRelease's post-renderers.

    The chart's objects are only those that run Pods, so a patch for another object is ignored. Raises
    InputError at a patch that cannot be read or applied.
    """
    resources = [Resource(node) for node in nodes]
    for renderer in release.items("spec", "postRenderers"):
        for patch in _read_patches(renderer):
            resources = patches.apply_patch(patch, resources)
        images = renderer.items("kustomize", "images")
        for image in images:
            if (name := image.get("name")) is not None:
                check_pattern(name)
        set_images(resources, images)
    return [resource.node for resource in resources]


def _read_patches(renderer: Node) -> Iterator[Patch]:
    for entry in renderer.items("kustomize", "patchesStrategicMerge"):
        yield Patch(entry, None)
    for entry in renderer.items("kustomize", "patches"):
        body = entry.get("patch")
        yield from patches.read_patches(parse_embedded(body), entry) if body is not None else ()
    for entry in renderer.items("kustomize", "patchesJson6902"):
        operations = entry.get("patch")
        target = entry.get("target")
        if target is not None:
            check_selector(target)
        if operations is not None:
            yield Patch(operations, target)
