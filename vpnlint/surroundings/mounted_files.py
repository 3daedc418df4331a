"""Finds the files that a container gets from ConfigMaps, by a mount or by a copy of an init container.

Source: Kubernetes v1.36 core/v1 ConfigMapVolumeSource, ConfigMapProjection, KeyToPath, VolumeMount (a volume
holds all keys, or `items` under their `path`; a mount shows the whole volume, or the file or folder that
`subPath` names).
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from vpnlint.gitops.objects import Objects
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.surroundings.trilean import Tri
from vpnlint.workloads.workload import Workload

_COPY = defer_pattern(r"(?:^|[\s;&|(])(?:cp|install|mv)\s+([^\n;&|]+)")
_ONLY_IF_MISSING = defer_pattern(
    r"\[\s+!?\s*-[efs]\s|\btest\s+!?\s*-[efs]\s|cp\s+(?:-\w+\s+)*(?:-\w*[nu]\w*|--no-clobber|--update)\s"
)


class MountedFile(NamedTuple):
    """A file in a container, and the ConfigMap and key that it comes from.

    text: None if the repository does not hold it. read: whether the program reads it; `unknown` if the file
    is copied only under a condition.
    """

    path: str
    config_map: str
    key: str
    text: Node | None
    read: Tri


def find_mounted_files(container: Node, workload: Workload, objects: Objects) -> list[MountedFile]:
    """Return the files that a container of a workload gets from ConfigMaps among the objects."""
    files = list(_list_mounted_files(container, workload, objects))
    template = workload.template
    for init in template.items("spec", "initContainers") if template is not None else ():
        files += _list_copied_files(init, container, list(_list_mounted_files(init, workload, objects)))
    return files


def _list_mounted_files(container: Node, workload: Workload, objects: Objects) -> Iterator[MountedFile]:
    template = workload.template
    listed = template.items("spec", "volumes") if template is not None else []
    volumes = {volume.scalar_at("name"): volume for volume in listed}
    for mount in container.items("volumeMounts"):
        volume = volumes.get(mount.scalar_at("name"))
        if volume is None:
            continue
        at, part = mount.scalar_at("mountPath"), mount.scalar_at("subPath").strip("/")
        for source in [
            volume.get("configMap"),
            *(item.get("configMap") for item in volume.items("projected", "sources")),
        ]:
            if source is not None:
                yield from _list_volume_files(source, at, part, workload.namespace, objects)


def _list_volume_files(
    source: Node, at: str, part: str, namespace: str, objects: Objects
) -> Iterator[MountedFile]:
    name = source.scalar_at("name")
    config = objects.find("ConfigMap", namespace, name)
    data = config.fields("data") if config is not None else {}
    items = {item.scalar_at("path"): item.scalar_at("key") for item in source.items("items")}
    names = items or {key: key for key in data}
    if config is None and not items:
        # The ConfigMap's keys are unknown: this is the mounted file itself, or any file in the folder.
        yield MountedFile(at, name, "", None, "unknown")
    for path, key in names.items():
        text = data.get(key)
        if not part or path == part or path.startswith(f"{part}/"):
            rest = path[len(part) :].strip("/") if part else path
            yield MountedFile(posixpath.join(at, rest) if rest else at, name, key, text, "yes")


def _list_copied_files(init: Node, container: Node, sources: list[MountedFile]) -> Iterator[MountedFile]:
    """Yield the files that an init container's script copies from its mounts to a volume of the container."""
    script = "\n".join(str(item.value) for key in ("command", "args") for item in init.items(key))
    for match in _COPY.finditer(script):
        try:
            words = [word for word in shlex.split(match[1]) if not word.startswith("-")]
        except ValueError:
            continue
        if len(words) < 2:
            continue
        target = words[-1]
        for source in sources:
            if any(_matches_path(word, source.path) for word in words[:-1]):
                name = posixpath.basename(source.path)
                to_folder = target.endswith("/") or len(words) > 2 or "." not in posixpath.basename(target)
                place = _translate_path(
                    posixpath.join(target, name) if to_folder else target, init, container
                )
                if place:
                    read: Tri = "unknown" if _ONLY_IF_MISSING.search(script) else "yes"
                    yield source._replace(path=place, read=read)


def _matches_path(word: str, path: str) -> bool:
    return word == path or (word.endswith("/*") and posixpath.dirname(path) == word[:-2])


def _translate_path(path: str, init: Node, container: Node) -> str:
    """Return the container's path of a file that an init container writes; empty if they share no volume."""
    for own in init.items("volumeMounts"):
        at = own.scalar_at("mountPath").rstrip("/")
        if path != at and not path.startswith(f"{at}/"):
            continue
        inside = posixpath.join(own.scalar_at("subPath").strip("/"), path[len(at) + 1 :])
        for mount in container.items("volumeMounts"):
            part = mount.scalar_at("subPath").strip("/")
            if mount.scalar_at("name") == own.scalar_at("name") and (
                not part or inside.startswith(f"{part}/") or inside == part
            ):
                rest = inside[len(part) :].strip("/") if part else inside
                return (
                    posixpath.join(mount.scalar_at("mountPath"), rest)
                    if rest
                    else mount.scalar_at("mountPath")
                )
    return ""
