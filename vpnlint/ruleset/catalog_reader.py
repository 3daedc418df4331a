"""rules/catalog/ → the Catalog."""

from __future__ import annotations

import json
from pathlib import Path as FilePath
from typing import Any

from vpnlint.ruleset.cache import Cache
from vpnlint.ruleset.catalog import IMAGE_TABLES, Binding, Catalog, ConfigFile
from vpnlint.ruleset.catalog_settings import read_conditions, read_range, read_setting
from vpnlint.ruleset.data_file import make_rule_error, read_data_files, read_files, read_plain, require_key
from vpnlint.ruleset.networks import (
    build_pod_pattern,
    build_tunnel_pattern,
    list_cluster_resolvers,
    list_special_networks,
)
from vpnlint.source.node import Node

_TUN = ("resources", "paths", "bystanders")
_ROLES = ("client", "vpn", "gateway", "helper")
_KEPT = "catalogue"


def load_catalog(folder: FilePath, cache: Cache) -> Catalog:
    """Return the catalogue, from the cache if that was made from the same files.

    Raises RuleError at the place of a mistake.
    """
    key = read_files(folder)
    kept = cache.load(_KEPT, key)
    if kept is not None:
        constant, words, files, facts = kept
        configs = {program: tuple(map(_restore_config, items)) for program, items in files.items()}
        return Catalog(constant, words, configs, facts)
    catalog = read_catalog(folder)
    files = {program: list(map(_store_config, items)) for program, items in catalog.configs.items()}
    cache.save(_KEPT, key, (catalog.constant, catalog.words, files, catalog.facts))
    return catalog


def _store_config(file: ConfigFile) -> tuple[Any, ...]:
    return (
        file.file,
        file.paths,
        [(item.section, item.key, item.form, item.honoured) for item in file.bindings],
    )


def _restore_config(stored: tuple[Any, ...]) -> ConfigFile:
    file, paths, bindings = stored
    return ConfigFile(file, paths, tuple(Binding(*binding) for binding in bindings))


def read_catalog(folder: FilePath) -> Catalog:
    """Return the catalogue in a folder. Raises RuleError at the place of the mistake."""
    files = read_data_files(folder)
    general = [source.root for source in files if "software" not in source.root.map]
    roots = [source.root for source in files if "software" in source.root.map]
    tunnel = build_tunnel_pattern(roots, general)
    constant: dict[str, Any] = {table: {} for table in (*IMAGE_TABLES, "names", "software")}
    constant["tun"] = {key: [] for key in _TUN}
    constant["marks"] = [root.map["mark"].text for root in roots if "mark" in root.map]
    constant["interfaces"] = {"tunnel": f"^{tunnel}[a-z-]*[0-9]*$", "pod": build_pod_pattern(general)}
    constant["special"] = list_special_networks(general)
    constant["resolvers"] = list_cluster_resolvers(general)
    for root in general:
        if "tun" in root.map:
            tun = root.map["tun"]
            constant["tun"] = {key: list(require_key(tun, key).to_plain()) for key in _TUN}
    facts: dict[str, dict[str, str]] = {}
    for root in roots:
        _add_program(constant, root, tunnel)
        name = require_key(root, "software").text
        for key, node in root.map["facts"].map.items() if "facts" in root.map else ():
            is_bool = isinstance(node.value, bool)
            facts.setdefault(key, {})[name] = str(node.value).lower() if is_bool else node.text.strip()
    configs = {require_key(root, "software").text: _read_configs(root) for root in roots}
    return Catalog(constant, _list_words(constant), configs, facts)


def _add_program(constant: dict[str, Any], root: Node, tunnel: str) -> None:
    name = require_key(root, "software").text
    role = require_key(root, "role")
    if role.value not in _ROLES:
        raise make_rule_error(role, f"role must be one of {', '.join(_ROLES)}")
    settings = root.get("settings")
    known = {key: read_setting(node) for key, node in (settings.map if settings else {}).items()}
    images = require_key(root, "images").map
    constant["software"][name] = {
        "role": role.text,
        "title": require_key(root, "title").text,
        "traffic": read_plain(root, "traffic", ""),
        "interfaces": read_plain(root, "interfaces", []),
        "measured": read_plain(root, "measured", ""),
        "mayBlock": read_plain(root, "may_block", False),
        "settings": known,
        "defaults": [
            {**condition, "on": setting["defaultOn"]}
            for setting in known.values()
            if setting["means"] == "kill-switch"
            for condition in setting["honoured"]
        ],
        **_read_optional(root, tunnel),
    }
    constant["images"].update(dict.fromkeys(images, name))
    constant["names"].update(dict.fromkeys(read_plain(root, "names", []), name))
    for image, node in images.items():
        if node.get("kill_switch") is not None:
            constant["killSwitches"][image] = _read_kill_switch(node)
        if node.get("immutable") is not None:
            constant["immutable"][image] = read_plain(node, "immutable", True)
        inside = node.get("inside")
        if inside is not None:
            constant["inside"][image] = {
                "switch": read_plain(inside, "switch", ""),
                "on": read_plain(inside, "on", []),
                "default": read_plain(inside, "default", ""),
                "killSwitch": _read_kill_switch(inside),
                "binds": read_plain(inside, "binds", False),
            }


def _read_optional(root: Node, tunnel: str) -> dict[str, Any]:
    """Return the entries that only some programs have."""
    entry: dict[str, Any] = {}
    for key, name in (
        ("kill_switch", "killSwitchHelp"),
        ("bind", "bindHelp"),
        ("startup_probe", "startupProbeHelp"),
    ):
        node = root.get("advice", key)
        if node is not None:
            entry[name] = node.text.strip()
    for key in ("probe", "guard"):
        node = root.get("advice", key)
        if node is not None:
            entry[key] = json.dumps(node.to_plain())
    runtime = root.get("runtime_binding")
    if runtime is not None:
        # Quotes, colons and equals signs may stand between the preference and the interface, escaped or not.
        entry["preference"] = runtime.text
        entry["runtime"] = f"{runtime.text}[^A-Za-z0-9]{{1,24}}({tunnel}|VPN_INTERFACE)"
    typed = root.get("typed")
    if typed is not None:
        entry["typed"] = [
            {
                "accepts": require_key(node, "accepts").text,
                "settings": {
                    key: read_range(item) for key, item in require_key(node, "settings").map.items()
                },
            }
            for node in typed.map.values()
        ]
    forms = root.get("exitNode", "forms")
    if forms is not None:
        entry["exitNode"] = [
            {"name": key, "matches": require_key(node, "matches").text, **read_range(node)}
            for key, node in forms.map.items()
        ]
    return entry


def _read_configs(root: Node) -> tuple[ConfigFile, ...]:
    """Return a program's configuration files, without keys that no version honours as a binding."""
    files = []
    for node in config.list if (config := root.get("config")) is not None else []:
        bindings = tuple(
            Binding(
                read_plain(key, "section", ""),
                require_key(key, "key").text,
                require_key(key, "form").text,
                read_conditions(key),
            )
            for key in require_key(node, "binding").list
            if require_key(key, "honoured").list
        )
        if bindings:
            files.append(
                ConfigFile(require_key(node, "file").text, tuple(read_plain(node, "paths", [])), bindings)
            )
    return tuple(files)


def _read_kill_switch(node: Node) -> str:
    """Return whether an image blocks by itself: `true`, `false`, or the variable that decides."""
    value = read_plain(node, "kill_switch", False)
    return value if isinstance(value, str) else str(value).lower()


def _list_words(constant: dict[str, Any]) -> tuple[bytes, ...]:
    """Return the shortest names that occur in each client's name or image, for a byte search."""
    clients = {name for name, entry in constant["software"].items() if entry["role"] == "client"}
    words: list[str] = []
    # A word in an image's owner will do: `server` of stremio/server is in many a text.
    for table in ("names", "images"):
        names = [name for name, program in constant[table].items() if program in clients]
        for name in sorted(names, key=lambda name: (len(name.rsplit("/")[-1]), name)):
            if not any(word in name for word in words):
                words.append(name.rsplit("/")[-1])
    return tuple(word.encode() for word in words)
