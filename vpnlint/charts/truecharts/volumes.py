"""Makes a Pod's volumes and its containers' volumeMounts from TrueCharts' `persistence`.

Source: common 24.1.9, github.com/truecharts/library-charts, library/common/templates/lib/pod/_volumes.tpl,
its volumes/ folder and lib/container/_volumeMounts.tpl.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import overlay_library_values, read_volume_type, select_fields
from vpnlint.charts.helm.values import make_node, rename_fields
from vpnlint.charts.truecharts.workload_entry import WorkloadEntry, is_entry_enabled
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_CLAIM_TEMPLATE = "vct"
_MOUNT_FIELDS = ("mountPath", "subPath", "readOnly", "mountPropagation")


def make_volumes(workload: WorkloadEntry) -> list[Node]:
    """Return the volumes of the workload's Pod, by name. Raises UnknownChart if Helm refuses one."""
    volumes = []
    for name, item in _list_items(workload):
        kind = read_volume_type(item)
        selector = item.map.get("targetSelector")
        if _is_for_all(item):
            chosen = True
        elif selector is not None and selector.map:
            chosen = workload.name in selector.map
        else:
            chosen = _is_primary(workload.node)
        if chosen and kind != _CLAIM_TEMPLATE:
            volumes.append(make_node({"name": name, **_make_source(workload, name, item, kind)}, item))
    return volumes


def make_volume_mounts(workload: WorkloadEntry, key: str, container: Node) -> list[Node]:
    """Return the volumeMounts of one container, sorted by the volume's name."""
    is_set = (workload.node.map.get("type") or workload.node).text == "StatefulSet"
    mounts = []
    for name, item in _list_items(workload):
        chosen = _find_mount(workload, item, key, container)
        if chosen is None or (read_volume_type(item) == _CLAIM_TEMPLATE and not is_set):
            continue
        fields: dict[str, object] = {
            field: workload.template.expand(node)
            for field, node in select_fields(chosen, *_MOUNT_FIELDS).items()
        }
        if read_volume_type(item) == "device":
            fields.setdefault("mountPath", item.map.get("hostPath"))
        volume = f"{workload.fullname}-{name}" if read_volume_type(item) == _CLAIM_TEMPLATE else name
        mounts.append(make_node({"name": volume, **fields}, chosen))
    return mounts


def has_device(workload: WorkloadEntry, key: str, container: Node) -> bool:
    """Tell whether a container mounts a volume of type `device`, in which case it is privileged."""
    return any(
        read_volume_type(item) == "device" and _find_mount(workload, item, key, container) is not None
        for _, item in _list_items(workload)
    )


def _list_items(workload: WorkloadEntry) -> list[tuple[str, Node]]:
    section = workload.values.map.get("persistence") or make_node({}, workload.node)
    return [
        (name, item)
        for name, item in sorted(section.map.items())
        if is_entry_enabled(workload.template, item, f"persistence.{name}")
    ]


def _is_for_all(item: Node) -> bool:
    everywhere = item.map.get("targetSelectAll")
    return everywhere is not None and bool(everywhere.value) and read_volume_type(item) != _CLAIM_TEMPLATE


def _is_primary(node: Node) -> bool:
    primary = node.map.get("primary")
    return primary is not None and bool(primary.value)


def _find_mount(workload: WorkloadEntry, item: Node, key: str, container: Node) -> Node | None:
    """Return the mapping that describes how the container mounts the item, or None if it does not."""
    if _is_for_all(item):
        return item
    selector = item.map.get("targetSelector")
    if selector is not None and selector.map:
        chosen = selector.get(workload.name, key)
        return overlay_library_values(item, chosen) if chosen is not None else None
    return item if _is_primary(workload.node) and _is_primary(container) else None


def _make_source(workload: WorkloadEntry, name: str, item: Node, kind: str) -> dict[str, object]:
    expand = workload.template.expand
    fields = {key: expand(node) for key, node in item.map.items()}
    match kind:
        case "pvc":
            claim: object = fields.get("existingClaim")
            claim = claim if isinstance(claim, Node) and claim.value else f"{workload.fullname}-{name}"
            return {"persistentVolumeClaim": {"claimName": claim}}
        case "hostPath" | "device":
            path = fields.get("hostPath")
            if path is None or not path.value:
                raise UnknownChart(f"Helm refuses persistence.{name}: it has no hostPath")
            return {"hostPath": {"path": path, **rename_fields(fields, {"type": "hostPathType"})}}
        case "secret" | "configmap":
            field, part = ("secret", "secretName") if kind == "secret" else ("configMap", "name")
            return {
                field: {
                    part: _make_object_name(workload, name, fields),
                    **rename_fields(fields, {"items": "items"}),
                }
            }
        case "emptyDir":
            return {"emptyDir": rename_fields(fields, {"medium": "medium", "sizeLimit": "size"})}
        case "nfs":
            return {"nfs": rename_fields(fields, {"server": "server", "path": "path"})}
        case "iscsi" | "projected":
            return {kind: fields.get(kind, {})}
    raise UnknownChart(f"persistence.{name}.type is {kind!r}, which TrueCharts' library does not have")


def _make_object_name(workload: WorkloadEntry, name: str, fields: dict[str, Node]) -> Node:
    name_node = fields.get("objectName")
    if name_node is None or not name_node.text:
        raise UnknownChart(f"Helm refuses persistence.{name}: it has no objectName")
    return Node.make(workload.make_object_name(name_node.text, fields.get("expandObjectName")), name_node)
