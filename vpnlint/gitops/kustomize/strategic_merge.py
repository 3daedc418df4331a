"""Strategic-merge patches on Nodes, as kustomize applies them.

Added fields point at the patch's own line.

Lists are merged by a key only where Kubernetes' own types say so (x-kubernetes-patch-merge-key in the OpenAPI
document of Kubernetes 1.21.2, which kustomize 5.8.1 carries), and the patch's items come first, in its order
(kyaml 0.21.1, yaml/walk); a custom resource's list is replaced whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from vpnlint.source.node import Node

# Field of a list → the keys that identify its items; none if the items are strings.
_Keys: TypeAlias = Mapping[str, tuple[str, ...]]
_PORTS = "ports"
_METADATA: _Keys = {"finalizers": (), "ownerReferences": ("uid",)}
_BUILT_IN: _Keys = {
    **_METADATA,
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    _PORTS: ("containerPort", "port"),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "webhooks": ("name",),
    "conditions": ("type",),
}
_GROUPS = (
    "apps/",
    "batch/",
    "networking.k8s.io/",
    "policy/",
    "rbac.authorization.k8s.io/",
    "autoscaling/",
    "admissionregistration.k8s.io/",
)
_DIRECTIVE = "$patch"


def apply_strategic_merge(target: Node, patch: Node) -> Node | None:
    """Return the target with a strategic-merge patch applied; None if the patch deletes it.

    Raises InputError at an unknown `$patch` directive.
    """
    version, kind = target.text_at("apiVersion"), target.text_at("kind")
    if version == "v1" and kind == "ServiceAccount":
        return _merge(target, patch, "", {**_METADATA, "secrets": ("name",)})
    built_in = version == "v1" or version.startswith(_GROUPS)
    return _merge(target, patch, "", _BUILT_IN if built_in else {})


def _merge(target: Node | None, patch: Node, field: str, keys: _Keys) -> Node | None:
    if isinstance(patch.value, dict):
        directive = _read_directive(patch)
        if directive == "delete":
            return None
        base = (
            target
            if target is not None and isinstance(target.value, dict) and directive != "replace"
            else None
        )
        return _merge_maps(base, patch, keys)
    if isinstance(patch.value, list):
        if field in keys:
            return _merge_lists(target, patch, field, keys)
        return Node.make([_strip_directives(item) for item in patch.list], patch)
    return patch


def _merge_maps(target: Node | None, patch: Node, keys: _Keys) -> Node:
    merged = dict(target.map) if target is not None else {}
    for key, child in patch.map.items():
        if key == _DIRECTIVE:
            continue
        value = _merge(merged.get(key), child, key, keys) if child.value is not None else None
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    for key in merged.keys() - patch.map.keys():
        left = _drop_empty(merged[key], key, keys)
        if left is None:
            del merged[key]
        else:
            merged[key] = left
    return Node.make(merged, target if target is not None else patch)


def _drop_empty(node: Node, field: str, keys: _Keys) -> Node | None:
    """Return a field that the patch does not name as kustomize leaves it: without keys that have no value.

    Kustomize visits every mapping of the target, whatever the patch is about (kyaml 0.21.1, yaml/merge2,
    VisitMap).
    """
    if node.value is None:
        return None if node.place[:2] == node.place[2:] else node
    if isinstance(node.value, dict):
        children = {key: _drop_empty(child, key, keys) for key, child in node.value.items()}
        if all(children[key] is child for key, child in node.value.items()):
            return node
        return Node.make({key: child for key, child in children.items() if child is not None}, node)
    if isinstance(node.value, list) and field in keys:
        items = [_drop_empty(item, "", keys) for item in node.value]
        if any(new is not old for new, old in zip(items, node.value, strict=True)):
            return Node.make([item for item in items if item is not None], node)
    return node


def _merge_lists(target: Node | None, patch: Node, field: str, keys: _Keys) -> Node:
    items = list(target.list) if target is not None else []
    tells = _find_keys(field, [*patch.list, *items], keys)
    replaces = [item for item in patch.list if _read_directive(item) == "replace" and len(item.map) == 1]
    if replaces:
        items = []
    added: list[Node] = []
    for item in patch.list:
        if item in replaces:
            continue
        same = next(
            (known for known in items if _identify_item(known, tells) == _identify_item(item, tells)), None
        )
        value = _merge(same, item, "", keys)
        if same is not None and len(tells) > 1 and value is not None:
            # Items that two keys identify keep their place (appendListNode).
            items = [value if known is same else known for known in items]
            continue
        items = [known for known in items if known is not same]
        if value is not None:
            added.append(value)
    left = [kept for item in items if (kept := _drop_empty(item, "", keys)) is not None]
    return Node.make([*added, *left], target if target is not None else patch)


def _find_keys(field: str, items: list[Node], keys: _Keys) -> tuple[str, ...]:
    """Return the keys that identify the items of a list; for ports also the protocol, if all have one."""
    if field != _PORTS:
        return keys[field]
    key = next((key for key in keys[field] if any(key in item.map for item in items)), "port")
    return (key, "protocol") if all("protocol" in item.map for item in items) else (key,)


def _identify_item(item: Node, tells: tuple[str, ...]) -> list[object]:
    if not tells:
        return [item.value]
    nodes = [item.get(key) for key in tells]
    return [node.value if node is not None else None for node in nodes]


def _strip_directives(node: Node) -> Node:
    """Return the value that a patch adds, without directives and nulls."""
    if isinstance(node.value, dict):
        kept = {
            key: _strip_directives(child)
            for key, child in node.map.items()
            if key != _DIRECTIVE and child.value is not None
        }
        return Node.make(kept, node)
    if isinstance(node.value, list):
        return Node.make([_strip_directives(item) for item in node.list], node)
    return node


def _read_directive(node: Node) -> str:
    directive = node.get(_DIRECTIVE)
    if directive is None:
        return ""
    if directive.value not in ("delete", "replace", "merge"):
        raise directive.error("$patch must be delete, merge or replace")
    return directive.text
