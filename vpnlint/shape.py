"""Workloads whose fields are of a type that Kubernetes refuses: what cannot be a Pod is said, not judged.

The fields are those that are read here, with their types in the API (Kubernetes 1.34, core/v1 and meta/v1; HelmRelease v2). What is
missing or null is no matter here: the API drops nulls, and what it requires may come from a patch.
"""

from __future__ import annotations

from typing import TypeAlias

from vpnlint.errors import InputError
from vpnlint.finding import format_path
from vpnlint.node import Node

# object stands for any scalar: a `${VARIABLE}` may become whatever is asked for, an env value's type is no matter of safety.
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
# The key that stands for every key.
_ANY = "*"
_CONTROLLERS: _Shape = {_ANY: {"containers": {_ANY: _KEYS}, "initContainers": {_ANY: _KEYS}}}
_RELEASE: _Shape = {
    "metadata": _KEYS,
    "spec": {"chart": {"spec": _KEYS}, "chartRef": _KEYS, "values": {"controllers": _CONTROLLERS}},
}
_OBJECTS: dict[str, _Shape] = {
    "CronJob": {"spec": {"jobTemplate": _CONTROLLER}},
    "HelmRelease": _RELEASE,
    "Pod": _POD,
}
# What a rule cannot do without: an item of a list that lacks it is of no use to Kubernetes either.
_REQUIRED = frozenset(("name", "mountPath", "fieldPath"))
_SCALARS = (str, int, float)
_NAMES = {dict: "a mapping", list: "a list", str: "a string", object: "a scalar"}


def misshapen(workload: Node) -> InputError | None:
    """Return what is wrong with the first field of an object that runs Pods, if it has another type than the API's."""
    kind = workload.get("kind")
    shape = _OBJECTS.get(kind.text if kind is not None else "", _CONTROLLER)
    wrong = _wrong(workload, shape)
    if wrong is None:
        return None
    node, wanted = wrong
    place = node.head
    message = f"{format_path(node.path) or 'the document'} {wanted}, so this is not judged"
    return InputError(place.file, message, place.line, place.column)


def _wrong(node: Node, shape: _Shape) -> tuple[Node, str] | None:
    """Return the first Node below this one that has another type than its shape, and what it must be."""
    value = node.value
    wanted = type(shape) if isinstance(shape, dict | list) else shape
    fits = isinstance(value, _SCALARS if wanted is object else wanted)
    if not fits:
        return node, f"must be {_NAMES[wanted]}"
    children: list[tuple[Node, _Shape]] = []
    if isinstance(shape, dict) and isinstance(value, dict):
        shapes = dict.fromkeys(value, shape[_ANY]) if _ANY in shape else shape
        children = [
            (value[key], below)
            for key, below in shapes.items()
            if key in value and value[key].value is not None
        ]
    elif isinstance(shape, list) and isinstance(value, list):
        for item in value:
            lacking = _lacking(item, shape[0])
            if lacking:
                return item, f"has no {lacking}"
        children = [(item, shape[0]) for item in value]
    return next((wrong for child, below in children if (wrong := _wrong(child, below)) is not None), None)


def _lacking(item: Node, shape: _Shape) -> str:
    """Return the key that an item of a list must have and has not; empty where it has, or is no mapping."""
    if not isinstance(shape, dict) or not isinstance(item.value, dict):
        return ""
    return next(
        (key for key in shape if key in _REQUIRED and (key not in item.map or item.map[key].value is None)),
        "",
    )
