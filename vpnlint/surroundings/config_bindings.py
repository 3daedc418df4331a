"""Finds settings that bind a client, or are meant to, in its configuration files from ConfigMaps."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Binding, Catalog, ConfigFile
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.surroundings.config_formats import read_client_settings
from vpnlint.surroundings.mounted_files import MountedFile, find_mounted_files
from vpnlint.surroundings.trilean import is_unresolved
from vpnlint.workloads.workload import Workload

# From this [Meta] MigrationVersion on, qBittorrent never reads its old keys (rules/catalog/qbittorrent.yaml).
_MIGRATED = 2
_VERSION = defer_pattern(r"[0-9]{1,9}")


def find_config_bindings(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield each key in a file from a ConfigMap that binds a client of the workload.

    A file without such a key yields one entry with an empty value. Each entry holds:
    container: the client's.
    object: `ConfigMap NAME`.
    place: the key's place, in the form that vpnlint.judge.locate reads.
    name, means, form, value: the key, as the catalogue describes it, and its value.
    known: the repository holds the value.
    read: whether the client reads the file (`yes`, `no`, `unknown`).
    honoured: the versions that honour the key.
    otherwise: the answer for other versions.
    instead: the key that the newest version honours.
    """
    for container in workload.containers:
        program = catalog.find_program(container.text_at("image"))
        if not catalog.is_client(program):
            continue
        for file in find_mounted_files(container, workload, objects):
            for config in catalog.configs.get(program, ()):
                entry = partial(_make_entry, container, file, workload.namespace)
                if file.path in config.paths:
                    yield from _list_bindings(file, config, entry)
                elif file.text is None and file.path in map(posixpath.dirname, config.paths):
                    yield entry(config.bindings[0], "", known=False)


def _list_bindings(
    file: MountedFile, config: ConfigFile, entry: Callable[..., dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    settings = read_client_settings(file.text.text, config.file) if file.text is not None else None
    if settings is None:
        yield entry(config.bindings[0], "", known=False)
        return
    values = [(binding, _get_value(settings, binding)) for binding in config.bindings]
    for binding, value in values:
        if value:
            newest = next(other for other in config.bindings if other.form == binding.form)
            instead = f"{newest.key} under [{newest.section}]" if newest.section else newest.key
            yield entry(binding, value, migrating=_is_migrating(settings), instead=instead)
    if not any(value for _, value in values):
        yield entry(config.bindings[0], "")


def _get_value(settings: dict[str, str], binding: Binding) -> str:
    return settings.get(f"{binding.section}/{binding.key}" if binding.section else binding.key, "")


def _is_migrating(settings: dict[str, str]) -> bool:
    """Tell whether qBittorrent still migrates old keys of this file."""
    version = settings.get("Meta/MigrationVersion", "0")
    return not _VERSION.fullmatch(version) or int(version) < _MIGRATED


def _make_entry(
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
