"""The patches of a kustomization: read, matched with their targets, and applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vpnlint.document import Document
from vpnlint.errors import InputError
from vpnlint.gitops.fields import put, text
from vpnlint.gitops.json_patch import json_patch
from vpnlint.gitops.resource import Resource
from vpnlint.gitops.selector import matches_selector
from vpnlint.gitops.strategic_merge import strategic_merge
from vpnlint.node import Node

_FIELDS = ("group", "version", "kind", "name", "namespace")


@dataclass(frozen=True)
class Patch:
    """One patch: a mapping (strategic merge) or a list (JSON 6902).

    target selects what it is for (None: the patch names it); may_rename tells whether it may change name and kind.
    """

    body: Node
    target: Node | None
    may_rename: bool = False


def read(documents: Iterable[Document | InputError], entry: Node) -> Iterator[Patch]:
    """Yield the patches that a text holds, for the target and options of an entry. Raises InputError where it is no YAML."""
    options = entry.get("options")
    may_rename = options is not None and any(
        options.get(key) is not None and options.map[key].value is True
        for key in ("allowNameChange", "allowKindChange")
    )
    for document in documents:
        if isinstance(document, InputError):
            raise document
        yield Patch(document.root, entry.get("target"), may_rename)


def apply(patch: Patch, resources: Sequence[Resource]) -> list[Resource]:
    """Apply a patch to those of the resources that it is for, and return those that are left.

    Raises InputError at the place of what cannot be carried out.
    """
    left = []
    for resource in resources:
        if selects(patch, resource):
            patched = _patched(patch, resource)
            if patched is None:
                continue
            resource.node = patched
        left.append(resource)
    return left


def selects(patch: Patch, resource: Resource) -> bool:
    """Tell whether a patch is for a resource: by its target, else by the object that it names itself."""
    if patch.target is not None:
        return matches(patch.target, resource)
    body = patch.body
    namespace, name = text(body, "metadata", "namespace"), text(body, "metadata", "name")
    return (
        resource.kind == text(body, "kind")
        and resource.group == text(body, "apiVersion").rpartition("/")[0]
        and any(
            known == name and (not namespace or not own or own == namespace)
            for own, known in resource.identities
        )
    )


def matches(target: Node, resource: Resource) -> bool:
    """Tell whether a selector (group, version, kind, name, namespace as patterns, and label selectors) takes a resource.

    A pattern counts for the whole of a field, and a name for the names that the resource had before, too.
    """
    for field in _FIELDS:
        wanted = target.get(field)
        if wanted is None or wanted.value in (None, ""):
            continue
        if field in ("name", "namespace"):
            place = field == "name"
            known = [identity[place] for identity in resource.identities]
        else:
            known = [str(getattr(resource, field))]
        if not any(_fits(str(wanted.value), value) for value in known):
            return False
    for key, labels in (("labelSelector", "labels"), ("annotationSelector", "annotations")):
        selector = text(target, key)
        if selector and not matches_selector(selector, resource.node.get("metadata", labels)):
            return False
    return True


def _fits(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return pattern == value


def _patched(patch: Patch, resource: Resource) -> Node | None:
    if isinstance(patch.body.value, list):
        patched: Node | None = json_patch(resource.node, patch.body)
    else:
        patched = strategic_merge(resource.node, patch.body)
    if patched is None or patch.may_rename:
        return patched
    for path in (("kind",), ("apiVersion",), ("metadata", "name"), ("metadata", "namespace")):
        old = resource.node.get(*path)
        if old is not None:
            patched = put(patched, path, old)
    return patched


def broken(patch: Patch, error: InputError) -> InputError:
    """Return an error of a patch with what it was meant for."""
    target = patch.target if patch.target is not None else patch.body
    named = text(target, "kind"), text(target, "name") or text(target, "metadata", "name")
    return InputError(
        error.file, f"{error.message} ({'/'.join(filter(None, named))})", error.line, error.column
    )
