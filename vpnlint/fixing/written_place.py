"""A place in the Pod → where a person writes it: the same in a manifest, another in a chart's values.

`env` is a mapping in app-template's values, a startup probe stands under `probes`, a volume under
`persistence`. A place whose shape is not known is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vpnlint.fixing.emit import Value
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit
from vpnlint.fixing.truecharts_place import (
    find_mount_place,
    find_truecharts_values,
    make_truecharts_item,
)
from vpnlint.results.fix import FixStep

CONTAINER_LISTS = ("containers", "initContainers")
PROBES = {"startupProbe": "startup", "livenessProbe": "liveness", "readinessProbe": "readiness"}
# What app-template calls a field of the workload.
_CONTROLLER_FIELDS = {
    ("spec", "strategy", "type"): ("strategy",),
    ("spec", "strategy", "rollingUpdate"): ("rollingUpdate",),
}
# The state of a VPN is a few kilobytes; few provisioners make less than this.
_CLAIM_SIZE = "1Gi"
# What every chart's containers have under the Pod's own names.
_COMMON_FIELDS = ("env", "securityContext", "resources", "lifecycle")
_TRUECHARTS_FIELDS = ("env", "securityContext", "resources")


@dataclass(frozen=True)
class WrittenPlace:
    """The keys below a value in a file, and the value as it is written there."""

    base: Part
    keys: tuple[str, ...]
    value: Value


def find_written_place(step: FixStep, base: Part, value: Any) -> WrittenPlace:  # noqa: ANN401  (YAML of any shape)
    """Return where a step's value is written: below the step's base, or below the chart's values.

    Raises CannotEdit if the shape is not known.
    """
    if step.base == "container":
        if is_listed(base):
            return WrittenPlace(base, step.keys, value)
        if _find_controller(base):
            return _place_in_container(base, step.keys, value)
        if find_truecharts_values(base) is not None:
            return _place_in_truecharts(base, step.keys, value)
        if step.keys[0] in _COMMON_FIELDS:
            return WrittenPlace(base, step.keys, value)
        raise CannotEdit(f"how {step.keys[0]} is written here is not known")
    if find_truecharts_values(base) is not None:
        return _place_in_truecharts(base, step.keys, value)
    if base.get("spec") is not None:
        return WrittenPlace(base, step.keys, value)
    if base.parent is not None and base.parent.name == "controllers":
        return _place_in_controller(base, step.keys, value)
    raise CannotEdit("how the Pod is written here is not known")


def is_listed(container: Part) -> bool:
    """Tell whether a container is an item of a list, as in a Pod."""
    return container.parent is not None and container.parent.kind == "list"


def _place_in_container(container: Part, keys: tuple[str, ...], value: Any) -> WrittenPlace:  # noqa: ANN401  (YAML of any shape)
    """Return the place of a container's field in app-template's values."""
    if keys[0] in PROBES:
        return WrittenPlace(
            container, ("probes", PROBES[keys[0]]), {"enabled": True, "custom": True, "spec": value}
        )
    if keys[0] == "volumeMounts":
        mount = value[0]
        place = (
            "persistence",
            mount["name"],
            "advancedMounts",
            _find_controller(container),
            container.name,
        )
        return WrittenPlace(_find_values(container), place, [{"path": mount["mountPath"]}])
    return WrittenPlace(container, keys, value)


def _place_in_controller(controller: Part, keys: tuple[str, ...], value: Any) -> WrittenPlace:  # noqa: ANN401  (YAML of any shape)
    """Return the place of a field of a Pod, or of the object that runs it, in app-template's values."""
    if keys in _CONTROLLER_FIELDS:
        return WrittenPlace(controller, _CONTROLLER_FIELDS[keys], value)
    if keys == ("spec", "volumes"):
        items: Value = {volume["name"]: make_persistence_item(volume) for volume in value}
        return WrittenPlace(_find_values(controller), ("persistence",), items)
    if keys == ("spec", "initContainers"):
        return WrittenPlace(controller, keys[1:], {item["name"]: _make_container(item) for item in value})
    if keys[:1] == ("spec",):
        return WrittenPlace(controller, ("pod", *keys[1:]), value)
    raise CannotEdit("how the Pod is written here is not known")


def _place_in_truecharts(base: Part, keys: tuple[str, ...], value: Any) -> WrittenPlace:  # noqa: ANN401  (YAML of any shape)
    """Return the place of a field of a container or a Pod in TrueCharts' values."""
    values = find_truecharts_values(base)
    if values is not None and keys == ("volumeMounts",):
        return WrittenPlace(values, *find_mount_place(base, value[0]))
    if values is not None and keys == ("spec", "volumes"):
        items: Value = {volume["name"]: make_truecharts_item(volume) for volume in value}
        return WrittenPlace(values, ("persistence",), items)
    if keys[0] in _TRUECHARTS_FIELDS:
        return WrittenPlace(base, keys, value)
    if keys[0] in (*PROBES, "restartPolicy"):
        raise CannotEdit("TrueCharts makes no native sidecar of its VPN, so nothing waits for a probe of it")
    raise CannotEdit(f"how {keys[-1]} is written here is not known")


def make_persistence_item(volume: Mapping[str, Any]) -> dict[str, Value]:
    """Return a volume of a Pod as app-template's values have it under `persistence`.

    The chart makes the claims. Raises CannotEdit for volumes of other kinds than rules add.
    """
    if "hostPath" in volume:
        source = volume["hostPath"]
        kind = {"hostPathType": source["type"]} if "type" in source else {}
        return {"type": "hostPath", "hostPath": source["path"], **kind}
    if "persistentVolumeClaim" in volume:
        return {"type": "persistentVolumeClaim", "accessMode": "ReadWriteOnce", "size": _CLAIM_SIZE}
    raise CannotEdit(f"how the volume {volume['name']} is written here is not known")


def _find_controller(container: Part) -> str:
    """Return the name of the app-template controller around a container; empty without one."""
    section = container.parent
    controller = section.parent if section is not None and section.name in CONTAINER_LISTS else None
    holder = controller.parent if controller is not None else None
    if controller is None or holder is None or holder.name != "controllers":
        return ""
    return controller.name


def _find_values(part: Part) -> Part:
    """Return app-template's values around a container or a controller."""
    for outer in part.above():
        if outer.name == "controllers" and outer.parent is not None:
            return outer.parent
    raise CannotEdit("the chart's values are not understood")


def _make_container(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return a container of a Pod as app-template's values have it."""
    repository, _, tag = str(container["image"]).rpartition(":")
    image = {"repository": repository, "tag": tag}
    return {"image": image, **{key: item for key, item in container.items() if key not in ("name", "image")}}
