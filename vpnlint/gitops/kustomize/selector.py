"""The selector of a patch or a replacement: which resources it is for.

Source: kustomize 5.8.1, api/types/selector.go (NewSelectorRegex: each field is a pattern for the whole
value).
"""

from __future__ import annotations

from vpnlint.gitops.kustomize.label_selector import matches_label_selector, parse_selector
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source import regex
from vpnlint.source.node import Node

_DEFAULT = "default"
_FIELDS = ("group", "version", "kind", "name", "namespace")
_LABELS = (("labelSelector", "labels"), ("annotationSelector", "annotations"))


def check_selector(target: Node) -> None:
    """Raise InputError at the first pattern or label selector that Go does not compile."""
    for field in _FIELDS:
        pattern = target.get(field)
        if pattern is not None:
            check_pattern(pattern)
    for field, _ in _LABELS:
        selector = target.get(field)
        if selector is not None:
            try:
                parse_selector(selector.text)
            except ValueError as error:
                raise selector.error(f"not a label selector: {error}") from error


def check_pattern(pattern: Node) -> None:
    """Raise InputError if Go does not accept a text as a regular expression."""
    try:
        regex.matches_pattern(str(pattern.value), "")
    except ValueError as error:
        raise pattern.error(f"not a regular expression that kustomize can read: {error}") from error


def matches_target(target: Node, resource: Resource) -> bool:
    """Tell whether a selector that was checked matches a resource.

    A pattern must match the whole field. Name and namespace match the resource's current or first ones.
    """
    ends = resource.identities[0], resource.identities[-1]
    for field in _FIELDS:
        wanted = target.get(field)
        if wanted is None or wanted.value in (None, ""):
            continue
        if field in ("name", "namespace"):
            known = [name if field == "name" else namespace or _DEFAULT for namespace, name in ends]
        else:
            known = [str(getattr(resource, field))]
        if not any(regex.matches_pattern(str(wanted.value), value) for value in known):
            return False
    for key, labels in _LABELS:
        selector = target.text_at(key)
        if selector and not matches_label_selector(selector, resource.node.get("metadata", labels)):
            return False
    return True
