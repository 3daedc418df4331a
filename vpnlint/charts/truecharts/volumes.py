"""TrueCharts' `persistence` → a Pod's volumes and its containers' volumeMounts.

Source: common 24.1.9, github.com/truecharts/library-charts, library/common/templates/lib/pod/_volumes.tpl,
its volumes/ folder and lib/container/_volumeMounts.tpl.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import overlay_library_values, select_fields
from vpnlint.charts.helm.values import make_node
from vpnlint.charts.truecharts.workload import Workload, is_enabled
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_CLAIM_TEMPLATE = "vct"
_MOUNT_FIELDS = ("mountPath", "subPath", "readOnly", "mountPropagation")


def make_volumes(workload: Workload) -> list[Node]:
    """Return the volumes of the workload's Pod, by name. Raises UnknownChart for an unknown type."""
    found = []
    for name, item in _items(workload):
        kind = _kind(item)
        selector = item.map.get("targetSelector")
        if _all(item):
            chosen = True
        elif selector is not None and selector.map:
            chosen = workload.name in selector.map
        else:
            chosen = _is_primary(workload.node)
        if chosen and kind != _CLAIM_TEMPLATE:
            found.append(make_node({"name": name, **_source(workload, name, item, kind)}, item))
    return found


def make_volume_mounts(workload: Workload, key: str, container: Node) -> list[Node]:
    """Return the volumeMounts of one container, by the volume's name."""
    is_set = (workload.node.map.get("type") or workload.node).text == "StatefulSet"
    found = []
    for name, item in _items(workload):
        chosen = _mount(workload, item, key, container)
        if chosen is None or (_kind(item) == _CLAIM_TEMPLATE and not is_set):
            continue
        fields: dict[str, object] = {
            field: workload.template.expand(node)
            for field, node in select_fields(chosen, *_MOUNT_FIELDS).items()
        }
        if _kind(item) == "device":
            fields.setdefault("mountPath", item.map.get("hostPath"))
        volume = f"{workload.fullname}-{name}" if _kind(item) == _CLAIM_TEMPLATE else name
        found.append(make_node({"name": volume, **fields}, chosen))
    return found


def has_device(workload: Workload, key: str, container: Node) -> bool:
    """Tell whether a volume of type `device` is mounted: the library makes such a container privileged."""
    return any(
        _kind(item) == "device" and _mount(workload, item, key, container) is not None
        for _, item in _items(workload)
    )


def _items(workload: Workload) -> list[tuple[str, Node]]:
    section = workload.values.map.get("persistence") or make_node({}, workload.node)
    return [
        (name, item)
        for name, item in sorted(section.map.items())
        if is_enabled(workload.template, item, f"persistence.{name}")
    ]


def _kind(item: Node) -> str:
    kind = item.map.get("type")
    return kind.text if kind is not None and kind.text else "pvc"


def _all(item: Node) -> bool:
    everywhere = item.map.get("targetSelectAll")
    return everywhere is not None and bool(everywhere.value) and _kind(item) != _CLAIM_TEMPLATE


def _is_primary(node: Node) -> bool:
    primary = node.map.get("primary")
    return primary is not None and bool(primary.value)


def _mount(workload: Workload, item: Node, key: str, container: Node) -> Node | None:
    """Return what says how the container mounts the item; None where it doesn't."""
    if _all(item):
        return item
    selector = item.map.get("targetSelector")
    if selector is not None and selector.map:
        chosen = selector.get(workload.name, key)
        return overlay_library_values(item, chosen) if chosen is not None else None
    return item if _is_primary(workload.node) and _is_primary(container) else None


def _source(workload: Workload, name: str, item: Node, kind: str) -> dict[str, object]:
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
            return {"hostPath": {"path": path, **_renamed(fields, hostPathType="type")}}
        case "secret" | "configmap":
            field, part = ("secret", "secretName") if kind == "secret" else ("configMap", "name")
            return {field: {part: _object_name(workload, name, fields), **_renamed(fields, items="items")}}
        case "emptyDir":
            return {"emptyDir": _renamed(fields, medium="medium", size="sizeLimit")}
        case "nfs":
            return {"nfs": _renamed(fields, server="server", path="path")}
        case "iscsi" | "projected":
            return {kind: fields.get(kind, {})}
    raise UnknownChart(f"persistence.{name}.type is {kind!r}, which TrueCharts' library does not have")


def _renamed(fields: dict[str, Node], **names: str) -> dict[str, Node]:
    return {new: fields[old] for old, new in names.items() if old in fields and fields[old].value}


def _object_name(workload: Workload, name: str, fields: dict[str, Node]) -> Node:
    given = fields.get("objectName")
    if given is None or not given.text:
        raise UnknownChart(f"Helm refuses persistence.{name}: it has no objectName")
    expand = fields.get("expandObjectName")
    own = expand is None or expand.value not in (False, "false")
    return Node.make(f"{workload.fullname}-{given.text}", given) if own else given
