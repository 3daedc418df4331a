"""The client's configuration files from ConfigMaps → what in them binds the client, or is meant to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from vpnlint.catalog import Binding, Catalog, ConfigFile
from vpnlint.gitops.objects import Objects
from vpnlint.node import Node
from vpnlint.pods import Workload
from vpnlint.surroundings.answers import unresolved
from vpnlint.surroundings.config_text import settings
from vpnlint.surroundings.mounted import MountedFile, files

# Of qBittorrent's [Meta] MigrationVersion from which on its old keys are never read again (rules/catalog/qbittorrent.yaml).
_MIGRATED = 2


def bindings(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield each key that binds a client of the workload by a file of a ConfigMap; one without a value for a file that holds none.

    container, path (of the file in it), object (`ConfigMap NAME`), name (the key), means, form, value; known: the repository holds the
    value; read: whether the file is in force; honoured: the versions that read the key (empty: none needed); otherwise: the answer
    for other versions; instead.
    """
    for container in workload.containers:
        image = container.get("image")
        program = catalog.program(image.text) if image is not None else ""
        if not catalog.is_client(program):
            continue
        for file in files(container, workload, objects):
            for config in catalog.configs.get(program, ()):
                if file.path in config.paths:
                    yield from _bindings(container, file, config)
                elif file.text is None and file.path in map(posixpath.dirname, config.paths):
                    yield _entry(container, file, config.bindings[0], "", known=False)


def _bindings(container: Node, file: MountedFile, config: ConfigFile) -> Iterator[dict[str, Any]]:
    found = settings(file.text.text, config.file) if file.text is not None else None
    if found is None:
        yield _entry(container, file, config.bindings[0], "", known=False)
        return
    any_yielded = False
    for binding in config.bindings:
        value = found.get(f"{binding.section}/{binding.key}" if binding.section else binding.key, "")
        if value:
            any_yielded = True
            yield _entry(container, file, binding, value, migrating=_is_migrating(found))
    if not any_yielded:
        yield _entry(container, file, config.bindings[0], "")


def _is_migrating(found: dict[str, str]) -> bool:
    """Tell whether qBittorrent still takes old keys over from this file."""
    version = found.get("Meta/MigrationVersion", "0")
    return not version.isdigit() or int(version) < _MIGRATED


def _entry(
    container: Node,
    file: MountedFile,
    binding: Binding,
    value: str,
    *,
    known: bool = True,
    migrating: bool = False,
) -> dict[str, Any]:
    name = container.get("name")
    return {
        "container": name.text if name is not None else "",
        "path": file.path,
        "object": f"ConfigMap {file.config_map}",
        "name": binding.key,
        "means": "binding",
        "form": binding.form,
        "value": value,
        "known": known and not unresolved(value),
        "read": file.read,
        "honoured": binding.honoured,
        "otherwise": "unknown" if binding.section == "Preferences" and migrating else "no",
        "instead": "",
    }
