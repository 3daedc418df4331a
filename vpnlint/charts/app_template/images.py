"""Makes an image reference from app-template's `image` (repository, tag, digest)."""

from __future__ import annotations

from vpnlint.charts.app_template.scope import AFTER_4_1, Scope
from vpnlint.charts.helm.values import is_empty
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar


def make_image_reference(scope: Scope, owner: Node) -> Node:
    """Return the image of `owner` (a container or a volume), at the place of its tag, digest or repository.

    Raises UnknownChart, as the chart refuses the values, if there is none. Source:
    github.com/bjw-s-labs/helm-charts, common library, lib/container/fields/_image.tpl; in 4.6.0 or earlier,
    lib/common/_imageSpecificationToImage.tpl introduced digests and plain strings.
    """
    image = owner.map.get("image")
    if image is not None and image.text:
        return scope.expand(image)
    repository = image.map.get("repository") if image is not None else None
    if image is None or repository is None or is_empty(repository):
        raise UnknownChart("a container has no image.repository, so Helm refuses it")
    tag, digest = image.map.get("tag"), image.map.get("digest")
    reference, place = _format_part(scope, repository, AFTER_4_1), repository
    if digest is not None and digest.value:
        reference, place = f"{reference}@{_format_part(scope, digest, AFTER_4_1)}", digest
    if tag is not None and tag.value:
        name, separator, rest = reference.partition("@")
        reference, place = f"{name}:{_format_part(scope, tag, (2, 4, 0))}{separator}{rest}", tag
    return Node.make(reference, place)


def _format_part(scope: Scope, node: Node, since: tuple[int, int, int]) -> str:
    if isinstance(node.value, dict | list):
        raise UnknownChart("an image's repository, tag and digest must be text")
    text = format_helm_scalar(node.value)
    return scope.template.expand_text(text) if scope.version >= since else text
