"""The patches of a kustomization: read, matched with their targets, and applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.gitops.kustomize.json_patch import apply_json_patch
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.selector import check_selector, matches_target
from vpnlint.gitops.kustomize.strategic_merge import apply_strategic_merge
from vpnlint.source.document import Document
from vpnlint.source.edit import map_values, put_value
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import find_pod_template

_DEFAULT = "default"


class Patch(NamedTuple):
    """One patch: a mapping (strategic merge) or a list (JSON 6902).

    target: selects its objects (None: the patch names its object). options: allowNameChange and
    allowKindChange, if set; a list may change both anyway.
    """

    body: Node
    target: Node | None
    options: frozenset[str] = frozenset()


def read_patches(documents: Iterable[Document | InputError], entry: Node) -> Iterator[Patch]:
    """Yield the patches in a text, with the target and options of an entry.

    Raises InputError if the text is not YAML or the target is not a selector.
    """
    flags = entry.get("options")
    target = entry.get("target")
    if target is not None:
        check_selector(target)
    options = frozenset(
        key for key, node in (flags.map if flags is not None else {}).items() if node.value is True
    )
    for document in documents:
        if isinstance(document, InputError):
            raise document
        yield Patch(document.root, target, options)


def apply_patch(patch: Patch, resources: Sequence[Resource]) -> list[Resource]:
    """Apply a patch to its targets, and return the resources without those that it deletes.

    Raises InputError at the place of a patch that cannot be applied.
    """
    chosen = {id(resource) for resource in select_targets(patch, resources)}
    left = []
    for resource in resources:
        if id(resource) in chosen:
            before = resource.namespace, resource.name
            try:
                patched = _patch_node(patch, resource)
            except InputError as error:
                raise _name_object(error, resource.kind, resource.name) from error
            if patched is None:
                continue
            resource.taken += [(container, patch.body) for container in _list_taken(resource.node, patched)]
            resource.node = patched
            if (resource.namespace, resource.name) != before:
                resource.before.append(before)
        left.append(resource)
    return left


def _list_taken(before: Node, after: Node) -> list[Node]:
    """Return the containers of an object's Pods that a patch takes out."""
    left = {container.text_at("name") for container in _list_containers(after)}
    return [item for item in _list_containers(before) if item.text_at("name") not in left]


def _list_containers(root: Node) -> list[Node]:
    template = find_pod_template(root)
    if template is None:
        return []
    return [*template.items("spec", "initContainers"), *template.items("spec", "containers")]


def select_targets(patch: Patch, resources: Sequence[Resource]) -> list[Resource]:
    """Return the targets of a patch: those that it selects, or the object that it names.

    If no object of that name has the namespace and version, returns all of that name; kustomize refuses such
    a patch (`names_exactly`).
    """
    if patch.target is not None:
        target = patch.target
        return [resource for resource in resources if matches_target(target, resource)]
    named = [resource for resource in resources if _is_named(patch.body, resource)]
    return [resource for resource in named if names_exactly(patch.body, resource)] or named


def _is_named(body: Node, resource: Resource) -> bool:
    namespace, name = body.text_at("metadata", "namespace"), body.text_at("metadata", "name")
    return (
        resource.kind == body.text_at("kind")
        and resource.group == body.text_at("apiVersion").rpartition("/")[0]
        and any(
            known == name and (not namespace or not own or own == namespace)
            for own, known in resource.identities
        )
    )


def names_exactly(body: Node, resource: Resource) -> bool:
    """Tell whether a patch names an object by its current or an earlier name.

    The namespace (`default` if none is given) and the version count, too.
    """
    namespace, name = body.text_at("metadata", "namespace") or _DEFAULT, body.text_at("metadata", "name")
    return body.text_at("apiVersion") == resource.node.text_at("apiVersion") and any(
        known == name and (not resource.namespaced or (own or _DEFAULT) == namespace)
        for own, known in resource.identities
    )


def _patch_node(patch: Patch, resource: Resource) -> Node | None:
    if isinstance(patch.body.value, list):
        return apply_json_patch(resource.node, patch.body)
    patched = apply_strategic_merge(resource.node, patch.body)
    if patched is None:
        return None
    kept = [("apiVersion",), ("metadata", "namespace")]
    kept += [("kind",)] if "allowKindChange" not in patch.options else []
    kept += [("metadata", "name")] if "allowNameChange" not in patch.options else []
    for path in kept:
        old = resource.node.get(*path)
        patched = (
            put_value(patched, path, old) if old is not None else map_values(patched, path, lambda _: None)
        )
    return patched


def refuse_patch(patch: Patch, message: str) -> InputError:
    """Return an error at a patch that names no object, with the kind and name that it gives."""
    return _name_object(
        patch.body.error(message), patch.body.text_at("kind"), patch.body.text_at("metadata", "name")
    )


def _name_object(error: InputError, kind: str, name: str) -> InputError:
    named = "/".join(filter(None, (kind, name)))
    return InputError(error.file, f"{error.message} ({named})", error.line, error.column)
