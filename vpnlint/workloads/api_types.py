"""Finds fields of a workload whose type Kubernetes refuses, in which case vpnlint does not judge it.

The fields are those that vpnlint reads, with their types in the API (Kubernetes 1.34, core/v1 and meta/v1;
HelmRelease v2). A field may be missing or null: the API drops nulls, and a patch may add required fields.
"""

from __future__ import annotations

from typing import TypeAlias

from vpnlint.errors import InputError
from vpnlint.results.finding import format_path
from vpnlint.source.node import Node, Path

# object stands for any scalar: a `${VARIABLE}` may become any type, and the type of an env value does not
# affect safety.
_Shape: TypeAlias = type | dict[str, "_Shape"] | list["_Shape"]

_KEYS: _Shape = {}
_ENV: _Shape = [
    {
        "name": str,
        "value": object,
        "valueFrom": {"secretKeyRef": _KEYS, "configMapKeyRef": _KEYS, "fieldRef": {"fieldPath": str}},
    }
]
_CONTAINER: _Shape = {
    "name": str,
    "image": str,
    "command": [object],
    "args": [object],
    "env": _ENV,
    "envFrom": [{"secretRef": _KEYS, "configMapRef": _KEYS}],
    "lifecycle": {"postStart": {"exec": {"command": [object]}}},
    "resources": {"limits": _KEYS, "requests": _KEYS},
    "restartPolicy": str,
    "securityContext": {"privileged": object, "capabilities": {"add": [str], "drop": [str]}},
    "volumeMounts": [{"name": str, "mountPath": str}],
}
_VOLUME: _Shape = {
    "name": str,
    "hostPath": {"path": str},
    **dict.fromkeys(("configMap", "emptyDir", "ephemeral", "persistentVolumeClaim", "secret"), _KEYS),
}
_POD: _Shape = {
    "metadata": {"annotations": _KEYS, "labels": _KEYS},
    "spec": {
        "containers": [_CONTAINER],
        "initContainers": [_CONTAINER],
        "hostNetwork": object,
        "volumes": [_VOLUME],
    },
}
_CONTROLLER: _Shape = {"spec": {"template": _POD, "volumeClaimTemplates": [{"metadata": {"name": str}}]}}
# Stands for every key.
_ANY = "*"
_CONTROLLERS: _Shape = {_ANY: {"containers": {_ANY: _KEYS}, "initContainers": {_ANY: _KEYS}}}
_RELEASE: _Shape = {
    "metadata": _KEYS,
    "spec": {"chart": {"spec": _KEYS}, "chartRef": _KEYS, "values": {"controllers": _CONTROLLERS}},
}
_OBJECTS: dict[str, _Shape] = {
    "CronJob": {"spec": {"jobTemplate": _CONTROLLER}},
    **dict.fromkeys(
        ("Application", "Chart", "HelmChart", "HelmChartInflationGenerator", "HelmRelease", "Values"),
        _RELEASE,
    ),
    "Pod": _POD,
}
# Neither a rule nor Kubernetes can do without these fields, wherever a shape has them.
_REQUIRED = ("name", "mountPath", "fieldPath")
_SCALARS = (str, int, float)


def find_misshapen_field(workload: Node) -> InputError | None:
    """Return an error at the first field whose type differs from the API's, or None.

    workload: an object that runs Pods, or that installs a chart.
    """
    shape = _OBJECTS.get(workload.text_at("kind"), _CONTROLLER)
    mismatch = _find_mismatch(workload, shape)
    if mismatch is None:
        return None
    node, reason, steps = mismatch
    # What a template prints is written nowhere; there the field's own path says which it is.
    path = format_path(node.path) or format_path(steps) or "the document"
    return node.head.error(f"{path} {reason}, so this is not judged")


def _find_mismatch(node: Node, shape: _Shape, steps: Path = ()) -> tuple[Node, str, Path] | None:
    """Return the first Node at or below this one that does not match its shape, what is wrong, and its path.

    steps: the path of this Node in the object.
    """
    value = node.value
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return node, "must be a mapping", steps
        for key in _REQUIRED:
            if key in shape and (key not in value or value[key].value is None):
                return node, f"has no {key}", steps
        for key, below in dict.fromkeys(value, shape[_ANY]).items() if _ANY in shape else shape.items():
            child = value.get(key)
            if child is None or child.value is None:
                continue
            mismatch = _find_mismatch(child, below, (*steps, key))
            if mismatch is not None:
                return mismatch
    elif isinstance(shape, list):
        if not isinstance(value, list):
            return node, "must be a list", steps
        for index, item in enumerate(value):
            mismatch = _find_mismatch(item, shape[0], (*steps, index))
            if mismatch is not None:
                return mismatch
    elif not isinstance(value, _SCALARS if shape is object else shape):
        return node, "must be a scalar" if shape is object else "must be a string", steps
    return None
