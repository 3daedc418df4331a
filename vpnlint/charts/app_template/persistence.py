"""Makes volumes and volumeMounts from app-template's `persistence`, for chart versions 2 to 5.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/lib/pod/fields/_volumes.tpl and
lib/container/fields/_volumeMounts.tpl, tags common-2.3.0 to common-4.1.1, and _volumes.tpl of 5.x.
"""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.charts.app_template.images import make_image_reference
from vpnlint.charts.app_template.scope import AFTER_4_1, Kind, Scope
from vpnlint.charts.helm.values import is_empty, make_node, rename_fields
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_CLAIM = "persistentVolumeClaim"
# Pod's field → item's field.
_MOUNT_OPTIONS_BEFORE_4 = {name: name for name in ("subPath", "readOnly", "mountPropagation")}
_MOUNT_OPTIONS = {**_MOUNT_OPTIONS_BEFORE_4, "subPathExpr": "subPathExpr"}
_OBJECT = {"defaultMode": "defaultMode", "items": "items"}


def make_volumes(scope: Scope, controller: str) -> list[Node]:
    """Return the volumes of a controller's Pod. Raises UnknownChart if the chart does not have a type."""
    return [
        make_volume(scope, name, item) for name, item in scope.stored if _is_for_controller(item, controller)
    ]


def _is_for_controller(item: Node, controller: str) -> bool:
    everywhere, advanced = item.map.get("globalMounts"), item.map.get("advancedMounts")
    if not is_empty(everywhere) or is_empty(advanced):
        return True
    return not is_empty(item.get("advancedMounts", controller))


def make_volume(scope: Scope, name: str, item: Node) -> Node:
    """Return the volume of a persistence item. Raises UnknownChart if the chart does not have its type."""
    kind_name = _read_type(item)
    own_name = Node.make(name, item)
    match kind_name:
        case "persistentVolumeClaim":
            source = {"claimName": _make_claim_name(scope, name, item)}
        case "configMap":
            source = {
                "name": _find_object_name(scope, name, item, "configMaps"),
                **rename_fields(item.map, _OBJECT),
            }
        case "secret":
            source = {
                "secretName": _find_object_name(scope, name, item, "secrets"),
                **rename_fields(item.map, _OBJECT),
            }
        case "emptyDir":
            source = rename_fields(item.map, {"medium": "medium", "sizeLimit": "sizeLimit"})
        case "hostPath":
            source = rename_fields(item.map, {"path": "hostPath", "type": "hostPathType"})
        case "nfs":
            source = rename_fields(item.map, {"server": "server", "path": "path"})
        case "image":
            source = {
                "reference": make_image_reference(scope, item),
                **rename_fields(item.map, {"pullPolicy": "pullPolicy"}),
            }
        case "ephemeral":
            source = {"volumeClaimTemplate": _make_ephemeral_claim(item)}
        case "custom":
            return Node.make({**item.fields("volumeSpec"), "name": own_name}, item)
        case _:
            raise UnknownChart(f"persistence.{name}.type is {kind_name!r}, which the chart does not have")
    return Node.make({"name": own_name, kind_name: Node.make(source, item)}, item)


def _read_type(item: Node) -> str:
    kind = item.map.get("type")
    # 1.x calls the default type `pvc`.
    return kind.text if kind is not None and kind.value not in (None, "", "pvc") else _CLAIM


def _make_claim_name(scope: Scope, name: str, item: Node) -> Node:
    existing = item.map.get("existingClaim")
    if existing is not None and existing.value:
        return scope.expand(existing) if scope.version >= AFTER_4_1 else existing
    claims = [
        other
        for _, other in scope.stored
        if _read_type(other) == _CLAIM and is_empty(other.map.get("existingClaim"))
    ]
    return Node.make(scope.make_object_name(name, item, Kind.CLAIM, len(claims)), item)


def _find_object_name(scope: Scope, name: str, item: Node, section: str) -> Node:
    """Return the name of the ConfigMap or Secret to which an item refers by name or identifier."""
    name_node = item.map.get("name")
    if name_node is not None and name_node.value:
        return scope.expand(name_node)
    identifier = item.map.get("identifier")
    if identifier is not None and identifier.value:
        return scope.require_object_name(section, identifier, f"persistence.{name}")
    external = item.map.get("externalSecretRef")
    if external is None:
        return make_node("", item)
    return scope.find_external_secret_name(external) or external


def _make_ephemeral_claim(item: Node) -> Node:
    spec = rename_fields(item.map, {"storageClassName": "storageClass"})
    if not is_empty(item.map.get("accessMode")):
        spec["accessModes"] = Node.make([item.map["accessMode"]], item.map["accessMode"])
    if not is_empty(item.map.get("size")):
        requests = Node.make({"storage": item.map["size"]}, item.map["size"])
        spec["resources"] = Node.make({"requests": requests}, item.map["size"])
    return Node.make({"spec": Node.make(spec, item)}, item)


def make_volume_mounts(
    scope: Scope, controller: str, container: str, claim_templates: Node | None
) -> list[Node]:
    """Return the volumeMounts of one container, sorted by the volume's name as in the chart."""
    items = dict(scope.stored)
    for template in claim_templates.list if claim_templates is not None else ():
        name = template.map.get("name")
        if name is not None and template.map.get("enabled", name).value:
            items[name.text] = _make_claim_item(template, controller)
    return [
        mount
        for name, item in sorted(items.items())
        for mount in _make_mounts(scope, name, item, controller, container)
    ]


def _make_claim_item(template: Node, controller: str) -> Node:
    mounts = rename_fields(template.map, {"globalMounts": "globalMounts"})
    if not is_empty(template.map.get("advancedMounts")):
        mounts["advancedMounts"] = Node.make({controller: template.map["advancedMounts"]}, template)
    return Node.make(mounts, template)


def _make_mounts(scope: Scope, name: str, item: Node, controller: str, container: str) -> Iterator[Node]:
    fields = item.map
    everywhere, advanced = fields.get("globalMounts"), fields.get("advancedMounts")
    by_default = is_empty(everywhere) and is_empty(advanced)
    mounts = [item] if by_default else [] if everywhere is None else everywhere.list
    if advanced is not None and (own := advanced.get(controller, container)) is not None:
        mounts = mounts + own.list
    if not mounts:
        return
    volume = Node.make(name, item)
    on_host = fields.get("hostPath") if _read_type(item) == "hostPath" else None
    path = Node.make(f"/{name}", item) if on_host is None else on_host
    if by_default:
        yield Node.make({"name": volume, "mountPath": path}, item)
        return
    options = _MOUNT_OPTIONS if scope.version >= (4, 0, 0) else _MOUNT_OPTIONS_BEFORE_4
    for mount in mounts:
        own_path = mount.map.get("path")
        # The chart reuses the path of the last mount for one that has none.
        path = own_path if own_path is not None and own_path.value else path
        yield Node.make({"name": volume, "mountPath": path, **rename_fields(mount.map, options)}, mount)


def make_claim_templates(claims: Node | None) -> dict[str, Node]:
    """Return the `volumeClaimTemplates` of a StatefulSet, or an empty mapping if there are none."""
    if claims is None or is_empty(claims):
        return {}
    return {"volumeClaimTemplates": Node.make([_make_claim_template(claim) for claim in claims.list], claims)}


def _make_claim_template(claim: Node) -> Node:
    """Return a volumeClaimTemplate from the chart's form: one access mode, a size and a storage class."""
    spec: dict[str, Node] = {}
    mode, size, storage_class = (claim.map.get(key) for key in ("accessMode", "size", "storageClass"))
    if mode is not None:
        spec["accessModes"] = Node.make([mode], mode)
    if size is not None:
        spec["resources"] = Node.make({"requests": Node.make({"storage": size}, size)}, size)
    if storage_class is not None and not is_empty(storage_class):
        spec["storageClassName"] = (
            make_node("", storage_class) if storage_class.value == "-" else storage_class
        )
    metadata = {
        key: claim.map[key] for key in ("name", "labels", "annotations") if not is_empty(claim.map.get(key))
    }
    return Node.make({"metadata": Node.make(metadata, claim), "spec": Node.make(spec, claim)}, claim)
