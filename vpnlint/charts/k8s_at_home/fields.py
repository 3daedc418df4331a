"""Makes the env, volumes and mounts of k8s-at-home's charts.

Source: common 4.5.2, github.com/k8s-at-home/library-charts, charts/stable/common/templates/lib/controller
(_env_vars.tpl, _volumes.tpl, _volumemounts.tpl).
"""

from __future__ import annotations

from dataclasses import dataclass

from vpnlint.charts.helm.library_values import is_switched_on, read_volume_type, select_fields
from vpnlint.charts.helm.template import Template
from vpnlint.charts.helm.values import make_node
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar


@dataclass(frozen=True)
class App:
    """One release: its values, including the addon's, and whether its library is common 4.5 or later.

    name: the app's, which its labels hold; fullname: that of its objects.
    """

    release: Release
    values: Node
    template: Template
    name: str
    fullname: str
    since_4_5: bool


def make_environment(app: App, env: Node | None) -> list[Node]:
    """Return the variables of an env mapping, sorted by name, or of a list, in its order."""
    if env is None:
        return []
    if isinstance(env.value, list):
        return [_make_variable(app, item.map.get("name", make_node("", item)), item) for item in env.value]
    return [
        _make_variable(app, Node.make(name, env.get_key(name)), value)
        for name, value in sorted(env.map.items())
    ]


def _make_variable(app: App, name: Node, value: Node) -> Node:
    if not isinstance(value.value, dict):
        return make_node({"name": name, "value": _expand_value(app, value)}, value)
    if "value" in value.map:
        return make_node({"name": name, "value": _expand_value(app, value.map["value"])}, value)
    return make_node({"name": name, "valueFrom": value.map.get("valueFrom", value)}, value)


def _expand_value(app: App, value: Node) -> Node:
    if isinstance(value.value, str):
        return app.template.expand(value)
    return Node.make("" if isinstance(value.value, dict | list) else format_helm_scalar(value.value), value)


def make_volumes(app: App) -> list[Node]:
    """Return the Pod's volumes, by name. Raises UnknownChart if the library does not have a type."""
    return [
        make_node({"name": name, **_make_source(app, name, item)}, item) for name, item in _list_items(app)
    ]


def make_volume_mounts(app: App) -> list[Node]:
    """Return the main container's mounts, by the volume's name."""
    mounts = []
    for name, item in _list_items(app):
        parts = item.map.get("subPath")
        if parts is not None and isinstance(parts.value, list):
            options = ("subPath", "mountPath", "readOnly", "mountPropagation")
            for part in parts.list:
                fields = {
                    **select_fields(part, *options),
                    **({"subPath": part.map["path"]} if "path" in part.map else {}),
                }
                mounts.append(make_node({"name": name, **fields}, part))
            continue
        path = select_fields(item, "mountPath").get("mountPath")
        if path is None and read_volume_type(item) == "hostPath":
            path = item.map.get("hostPath")
        if path is None or path.value != "-":
            fields = select_fields(item, "subPath", "readOnly", "mountPropagation")
            mounts.append(make_node({"name": name, "mountPath": path or f"/{name}", **fields}, item))
    return mounts


def _list_items(app: App) -> list[tuple[str, Node]]:
    section = app.values.map.get("persistence") or make_node({}, app.values)
    return [
        (name, item)
        for name, item in sorted(section.map.items())
        if is_switched_on(item.map.get("enabled"), f"persistence.{name}.enabled")
    ]


def _make_source(app: App, name: str, item: Node) -> dict[str, object]:
    kind = read_volume_type(item)
    match kind:
        case "pvc":
            return {"persistentVolumeClaim": {"claimName": _make_claim_name(app, name, item)}}
        case "configMap" | "secret":
            object_name = item.map.get("name")
            if object_name is None or not object_name.value:
                raise UnknownChart(f"Helm refuses persistence.{name}: it has no name")
            key = "name" if kind == "configMap" else "secretName"
            return {
                kind: {key: app.template.expand(object_name), **select_fields(item, "defaultMode", "items")}
            }
        case "emptyDir":
            return {kind: select_fields(item, "medium", "sizeLimit")}
        case "hostPath":
            fields = select_fields(item, "hostPath", "hostPathType")
            names = {"hostPath": "path", "hostPathType": "type"}
            return {kind: {names[field]: value for field, value in fields.items()}}
        case "nfs":
            return {kind: select_fields(item, "server", "path")}
        case "custom":
            return dict(item.fields("volumeSpec"))
    raise UnknownChart(f"persistence.{name}.type is {kind!r}, which k8s-at-home's library does not have")


def _make_claim_name(app: App, name: str, item: Node) -> object:
    names = select_fields(item, "existingClaim", "nameOverride")
    if "existingClaim" in names:
        return names["existingClaim"]
    override = names.get("nameOverride")
    if override is not None and override.text == "-":
        return Node.make(app.fullname, override)
    return f"{app.fullname}-{override.text if override is not None else name}"
