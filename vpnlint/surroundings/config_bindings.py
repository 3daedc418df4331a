"""The client's configuration files from ConfigMaps → what in them binds the client, or is meant to."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Binding, Catalog, ConfigFile
from vpnlint.source.node import Node
from vpnlint.surroundings.config_formats import read_settings
from vpnlint.surroundings.mounted_files import MountedFile, find_mounted_files
from vpnlint.surroundings.trilean import is_unresolved
from vpnlint.workloads.workload import Workload

# Of qBittorrent's [Meta] MigrationVersion from which on its old keys are never read again
# (rules/catalog/qbittorrent.yaml).
_MIGRATED = 2


def find_config_bindings(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield each key that binds a client of the workload by a file of a ConfigMap.

    A file that holds none yields one without a value.

    container, object (`ConfigMap NAME`), place (of it, as vpnlint.judge.locate reads it), name (the key),
    means, form, value; known: the repository holds the value; read: whether the file is in force; honoured:
    the versions that read the key; otherwise: the answer for other versions; instead: the key that the newest
    version reads.
    """
    for container in workload.containers:
        program = catalog.find_program(container.text_at("image"))
        if not catalog.is_client(program):
            continue
        for file in find_mounted_files(container, workload, objects):
            for config in catalog.configs.get(program, ()):
                entry = partial(_entry, container, file, workload.namespace)
                if file.path in config.paths:
                    yield from _bindings(file, config, entry)
                elif file.text is None and file.path in map(posixpath.dirname, config.paths):
                    yield entry(config.bindings[0], "", known=False)


def _bindings(
    file: MountedFile, config: ConfigFile, entry: Callable[..., dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    found = read_settings(file.text.text, config.file) if file.text is not None else None
    if found is None:
        yield entry(config.bindings[0], "", known=False)
        return
    values = [(binding, _value(found, binding)) for binding in config.bindings]
    for binding, value in values:
        if value:
            newest = next(other for other in config.bindings if other.form == binding.form)
            instead = f"{newest.key} under [{newest.section}]" if newest.section else newest.key
            yield entry(binding, value, migrating=_is_migrating(found), instead=instead)
    if not any(value for _, value in values):
        yield entry(config.bindings[0], "")


def _value(found: dict[str, str], binding: Binding) -> str:
    return found.get(f"{binding.section}/{binding.key}" if binding.section else binding.key, "")


def _is_migrating(found: dict[str, str]) -> bool:
    """Tell whether qBittorrent still takes old keys over from this file."""
    version = found.get("Meta/MigrationVersion", "0")
    return not version.isdigit() or int(version) < _MIGRATED


def _entry(
    container: Node,
    file: MountedFile,
    namespace: str,
    binding: Binding,
    value: str,
    *,
    known: bool = True,
    migrating: bool = False,
    instead: str = "",
) -> dict[str, Any]:
    return {
        "container": container.text_at("name"),
        "object": f"ConfigMap {file.config_map}",
        "place": f"ConfigMap/{namespace}/{file.config_map}/data.{file.key}",
        "name": binding.key,
        "means": "binding",
        "form": binding.form,
        "value": value,
        "known": known and not is_unresolved(value),
        "read": file.read,
        "honoured": binding.honoured,
        "otherwise": "unknown" if binding.section == "Preferences" and migrating else "no",
        "instead": instead,
    }
