"""Finds ConfigMaps as files in a client: mounted, or copied by an init container to a volume of the client.

Source: Kubernetes v1.36 core/v1 ConfigMapVolumeSource, ConfigMapProjection, KeyToPath, VolumeMount (a volume
holds all keys, or `items` under their `path`; a mount shows the whole volume, or the file or folder `subPath`
of it).
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.trilean import Tri
from vpnlint.workloads.workload import Workload

_COPY = re.compile(r"(?:^|[\s;&|(])(?:cp|install|mv)\s+([^\n;&|]+)")
_ONLY_IF_MISSING = re.compile(
    r"\[\s+!?\s*-[efs]\s|\btest\s+!?\s*-[efs]\s|cp\s+(?:-\w+\s+)*(?:-\w*[nu]\w*|--no-clobber|--update)\s"
)


class MountedFile(NamedTuple):
    """A file in a container: its path, the ConfigMap, its key and text, and whether it is read.

    text is None where the repository does not hold it.

    read is `unknown` where it is copied only under a condition.
    """

    path: str
    config_map: str
    key: str
    text: Node | None
    read: Tri


def find_mounted_files(container: Node, workload: Workload, objects: Objects) -> list[MountedFile]:
    """Return the files that the container has from ConfigMaps."""
    found = list(_mounted(container, workload, objects))
    template = workload.template
    for init in template.items("spec", "initContainers") if template is not None else ():
        found += _copied(init, container, list(_mounted(init, workload, objects)))
    return found


def _mounted(container: Node, workload: Workload, objects: Objects) -> Iterator[MountedFile]:
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
                yield from _files_of(source, at, part, workload.namespace, objects)


def _files_of(source: Node, at: str, part: str, namespace: str, objects: Objects) -> Iterator[MountedFile]:
    name = source.scalar_at("name")
    config = objects.find("ConfigMap", namespace, name)
    data = config.fields("data") if config is not None else {}
    items = {item.scalar_at("path"): item.scalar_at("key") for item in source.items("items")}
    names = items or {key: key for key in data}
    if config is None and not items:
        # Its keys are not known: the mount's own name, or any file in the folder.
        yield MountedFile(at, name, "", None, "unknown")
    for path, key in names.items():
        text = data.get(key)
        if not part or path == part or path.startswith(f"{part}/"):
            rest = path[len(part) :].strip("/") if part else path
            yield MountedFile(posixpath.join(at, rest) if rest else at, name, key, text, "yes")


def _copied(init: Node, container: Node, sources: list[MountedFile]) -> Iterator[MountedFile]:
    """Yield what an init container's script copies from its mounts to a volume of the container."""
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
            if any(_fits(word, source.path) for word in words[:-1]):
                name = posixpath.basename(source.path)
                to_folder = target.endswith("/") or len(words) > 2 or "." not in posixpath.basename(target)
                place = _seen(posixpath.join(target, name) if to_folder else target, init, container)
                if place:
                    read: Tri = "unknown" if _ONLY_IF_MISSING.search(script) else "yes"
                    yield source._replace(path=place, read=read)


def _fits(word: str, path: str) -> bool:
    return word == path or (word.endswith("/*") and posixpath.dirname(path) == word[:-2])


def _seen(path: str, init: Node, container: Node) -> str:
    """Return where the container finds a file that an init container writes; empty where it does not."""
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
