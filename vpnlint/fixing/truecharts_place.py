"""Volumes and mounts of a Pod in TrueCharts' values, those of the VPN addons included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vpnlint.fixing.emit import Value
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit

_MAIN = "main"
# Of the common library from version 28 on; `addons.vpn` is older, and of other charts, too.
_ADDONS = ("gluetun", "tailscale")


def find_truecharts_values(base: Part) -> Part | None:
    """Return TrueCharts' values around a container or workload, or in a release; None for other charts."""
    for part in base.above():
        outer = part.parent
        if part.name == "workload" or (outer is not None and outer.name == "addons" and part.name in _ADDONS):
            values = outer if part.name == "workload" else outer.parent if outer is not None else None
            return values if values is not None and values.name in ("values", "") else None
    values = base if base.get("addons") is not None else base.get("spec", "values")
    return values if values is not None and any(values.get("addons", name) for name in _ADDONS) else None


def find_mount_place(container: Part, mount: Mapping[str, Any]) -> tuple[tuple[str, ...], Value]:
    """Return the keys below the values and the value for a mount in a container.

    Raises CannotEdit for an addon that names the workloads it is added to.
    """
    workload, name = _find_names(container)
    return ("persistence", mount["name"], "targetSelector", workload, name), {"mountPath": mount["mountPath"]}


def make_truecharts_item(volume: Mapping[str, Any]) -> dict[str, Value]:
    """Return a volume of a Pod as TrueCharts' values have it under `persistence`.

    Not as the type `device`, which makes the container privileged. Raises CannotEdit for other volumes than
    those of the host.
    """
    source = volume.get("hostPath")
    if source is None:
        raise CannotEdit(f"how the volume {volume['name']} is written here is not known")
    kind = {"hostPathType": source["type"]} if "type" in source else {}
    return {"enabled": True, "type": "hostPath", "hostPath": source["path"], **kind}


def _find_names(container: Part) -> tuple[str, str]:
    """Return the names of the workload and the container, as `targetSelector` has them."""
    names = [part.name for part in container.above() if part.name]
    if "addons" in names:
        addon = next(part for part in container.above() if part.parent and part.parent.name == "addons")
        if addon.get("targetSelector") is not None:
            raise CannotEdit(f"the addon {addon.name} names the workloads that it is added to")
        return _MAIN, addon.name
    _, _, _, workload = names[:4]
    return workload, container.name
