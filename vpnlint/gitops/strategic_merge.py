"""Strategic-merge patches on Nodes, as kustomize applies them: what a patch adds points at the patch's own line.

Lists are merged by a key only where Kubernetes' own types say so (MERGE_KEYS, from its OpenAPI
document), and new items come first (kustomize 5.8.1, api/filters/patchstrategicmerge); a custom resource's list is replaced whole.
"""

from __future__ import annotations

from vpnlint.errors import InputError
from vpnlint.node import Node

# Field of a Pod, Service or Ingress → the keys that tell its items apart (x-kubernetes-patch-merge-key, Kubernetes 1.34).
_POD_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "resourceClaims": ("name",),
    "ownerReferences": ("uid",),
    "secrets": ("name",),
}
_CONDITIONS = {"conditions": ("type",)}
_GROUPS = ("apps/", "batch/", "networking.k8s.io/", "policy/", "rbac.authorization.k8s.io/", "autoscaling/")
_DIRECTIVE, _SET_ORDER, _DELETE_ITEMS = "$patch", "$setElementOrder/", "$deleteFromPrimitiveList/"


def strategic_merge(target: Node, patch: Node) -> Node | None:
    """Return the target with a strategic-merge patch in it; None where the patch deletes it whole.

    Raises InputError at the place of a `$patch` directive that is none.
    """
    version = target.get("apiVersion")
    text = version.text if version is not None else ""
    built_in = text == "v1" or text.startswith(_GROUPS)
    return _merge(target, patch, "", built_in)


def _merge(target: Node | None, patch: Node, field: str, built_in: bool) -> Node | None:
    if isinstance(patch.value, dict):
        directive = _directive(patch)
        if directive == "delete":
            return None
        base = (
            target
            if target is not None and isinstance(target.value, dict) and directive != "replace"
            else None
        )
        return _merge_maps(base, patch, built_in)
    if isinstance(patch.value, list):
        keys = _merge_keys(target, patch, field) if built_in else ()
        if keys:
            return _merge_lists(target, patch, keys, built_in)
        if built_in and field == "finalizers" and target is not None:
            texts = [item.value for item in target.list]
            return Node.made(
                [*target.list, *(item for item in patch.list if item.value not in texts)], target
            )
        return Node.made([_bare(item) for item in patch.list], patch)
    return patch


def _merge_maps(target: Node | None, patch: Node, built_in: bool) -> Node:
    merged = dict(target.map) if target is not None else {}
    for key, child in patch.map.items():
        if key == _DIRECTIVE or key.startswith(_SET_ORDER):
            continue
        if key.startswith(_DELETE_ITEMS):
            name = key.removeprefix(_DELETE_ITEMS)
            gone = [item.value for item in child.list]
            if name in merged:
                kept = [item for item in merged[name].list if item.value not in gone]
                merged[name] = Node.made([*kept], merged[name])
            continue
        if child.value is None:
            merged.pop(key, None)
            continue
        made = _merge(merged.get(key), child, key, built_in)
        if made is None:
            merged.pop(key, None)
        else:
            merged[key] = made
    for key in merged.keys() - patch.map.keys():
        left = _kept(merged[key], key, built_in)
        if left is None:
            del merged[key]
        else:
            merged[key] = left
    return Node.made(merged, target if target is not None else patch)


def _kept(node: Node, field: str, built_in: bool) -> Node | None:
    """Return what the patch does not name as kustomize leaves it: a null that is not written out (`key:`) is dropped.

    It goes through every mapping of the target, whatever the patch is about (kyaml 0.21.1, yaml/merge2, VisitMap).
    """
    if node.value is None:
        return None if node.place[:2] == node.place[2:] else node
    if isinstance(node.value, dict):
        made = {key: _kept(child, key, built_in) for key, child in node.value.items()}
        if all(made[key] is child for key, child in node.value.items()):
            return node
        return Node.made({key: child for key, child in made.items() if child is not None}, node)
    if isinstance(node.value, list) and built_in and _merge_keys(None, node, field):
        items = [_kept(item, "", built_in) for item in node.value]
        if any(new is not old for new, old in zip(items, node.value, strict=True)):
            return Node.made([item for item in items if item is not None], node)
    return node


def _merge_lists(target: Node | None, patch: Node, keys: tuple[str, ...], built_in: bool) -> Node:
    items = list(target.list) if target is not None else []
    if any(_directive(item) == "replace" and len(item.map) == 1 for item in patch.list):
        items = []
    added: list[Node] = []
    for item in patch.list:
        directive = _directive(item)
        if directive == "replace" and len(item.map) == 1:
            continue
        same = [known for known in items if _identity(known, keys) == _identity(item, keys)]
        if directive == "delete":
            items = [known for known in items if known not in same]
        elif same:
            made = _merge(same[0], item, "", built_in)
            items = [made if known is same[0] and made is not None else known for known in items]
        else:
            added.append(_bare(item))
    return Node.made([*added, *items], target if target is not None else patch)


def _merge_keys(target: Node | None, patch: Node, field: str) -> tuple[str, ...]:
    """Return what tells the items of a list apart, or nothing where the list is replaced whole."""
    if field == "ports":
        ports = [*patch.list, *(target.list if target is not None else [])]
        key = "containerPort" if any("containerPort" in port.map for port in ports) else "port"
        return (key, "protocol") if all("protocol" in port.map for port in ports) else (key,)
    return (_POD_KEYS | _CONDITIONS).get(field, ())


def _identity(item: Node, keys: tuple[str, ...]) -> list[object]:
    found = [item.get(key) for key in keys]
    return [node.value if node is not None else None for node in found]


def _bare(node: Node) -> Node:
    """Return what a patch adds, without its directives and nulls."""
    if isinstance(node.value, dict):
        kept = {
            key: _bare(child)
            for key, child in node.map.items()
            if key != _DIRECTIVE and not key.startswith(_SET_ORDER) and child.value is not None
        }
        return Node.made(kept, node)
    if isinstance(node.value, list):
        return Node.made([_bare(item) for item in node.list], node)
    return node


def _directive(node: Node) -> str:
    found = node.get(_DIRECTIVE)
    if found is None:
        return ""
    if found.value not in ("delete", "replace", "merge"):
        raise InputError(found.file, "$patch must be delete, merge or replace", *found.span[1:3])
    return found.text
