"""The catalogue (rules/catalog/): which image runs which program, and what honours which setting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from vpnlint.cache import Cache
from vpnlint.errors import RuleError
from vpnlint.ruleset.data_file import read_files, require, sources
from vpnlint.ruleset.networks import cluster_resolvers, pod_pattern, special_networks, tunnel_pattern
from vpnlint.ruleset.view import Facts
from vpnlint.source.node import Node

# One number orders versions on both sides, as CEL has no version type that the cluster and the linter share.
NEWEST = 999_999_999
_TAGGED = re.compile(r"v?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?!\d)")
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?\Z")
_ROLES = ("client", "vpn", "gateway", "helper")
_KEPT = "catalogue"
# The tables of the constant that are looked up by an image's owner and name.
_BY_IMAGE = ("images", "inside", "killSwitches", "immutable")


@dataclass(frozen=True)
class Binding:
    """A key that binds in a configuration file: its section (empty: none) and the versions that honour it."""

    section: str
    key: str
    form: str
    honoured: list[dict[str, Any]]


@dataclass(frozen=True)
class ConfigFile:
    """A client's configuration file: its name, its paths in the images, the keys in it that bind."""

    file: str
    paths: tuple[str, ...]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True)
class Catalog:
    """The catalogue as the views use it.

    constant is the value of `variables.catalog` in CEL. By image (owner/name): `images` (→ program), `inside`
    (→ the VPN that the image contains), `killSwitches` (→ whether a VPN image blocks by itself) and
    `immutable` (→ whether its tags stay). By name: `names` (→ program). By program: `software`. For all:
    `tun` (what grants the device), `marks` (of VPNs' own packets), `interfaces` (regular expressions of
    names), `special` (networks that are not public) and `resolvers` (of clusters).

    words are the lower-case byte strings one of which every manifest with a torrent client holds. configs:
    program → its configuration files with keys that bind. facts: what the view asks each program's file for.
    """

    constant: dict[str, Any]
    words: tuple[bytes, ...]
    configs: dict[str, tuple[ConfigFile, ...]]
    facts: Facts

    def program(self, image: str) -> str:
        """Return the program that an image reference runs (`gluetun`), or the empty string."""
        key, name = _keys(image)
        known = self.constant["images"].get(key) or self.constant["names"].get(name, "")
        return str(known)

    def kill_switches(self, image: str, version: int) -> dict[str, dict[str, Any]]:
        """Return the settings by which an image in this version is told to block, by name of variable."""
        key, _ = _keys(image)
        settings = self.constant["software"][self.program(image)]["settings"]
        return {
            name: setting
            for name, setting in settings.items()
            if setting["means"] == "kill-switch"
            and any(
                range_["image"] in ("", key) and range_["from"] <= version < range_["below"]
                for range_ in setting["honoured"]
            )
        }

    def is_client(self, program: str) -> bool:
        """Tell whether a program is a torrent client."""
        return bool(self.constant["software"].get(program, {}).get("role") == "client")

    def names_client(self, image: str) -> bool:
        """Tell whether an image reference, or the name of a chart, is that of a torrent client."""
        return self.is_client(self.program(image))

    def part(self, images: Iterable[str]) -> dict[str, Any]:
        """Return of the constant what can matter to a Pod with these images.

        A view only looks things up by image and program, so it sees no difference; CEL takes in a hundredth.
        """
        part: dict[str, Any] = {table: {} for table in (*_BY_IMAGE, "names", "software")}
        part |= {key: value for key, value in self.constant.items() if key not in part}
        for image in images:
            key, name = _keys(image)
            for table, entry in (*((table, key) for table in _BY_IMAGE), ("names", name)):
                if entry in self.constant[table]:
                    part[table][entry] = self.constant[table][entry]
            program = self.program(image)
            if program:
                part["software"][program] = self.constant["software"][program]
        return part


def _keys(image: str) -> tuple[str, str]:
    path = image.split("@")[0].lower().split("/")
    path[-1] = path[-1].split(":")[0]
    return "/".join(path[-2:]), path[-1]


def load_catalog(folder: FilePath, cache: Cache) -> Catalog:
    """Return the catalogue from the cache where it was made of the same files, else read it.

    Raises RuleError with the position of what is wrong.
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
    """Read every file of the catalogue's folder. Raises RuleError with the position of what is wrong."""
    found = sources(folder)
    general = [source.root for source in found if "software" not in source.root.map]
    roots = [source.root for source in found if "software" in source.root.map]
    tunnel = tunnel_pattern(roots, general)
    constant: dict[str, Any] = {table: {} for table in (*_BY_IMAGE, "names", "software")}
    constant["tun"] = {"resources": [], "paths": []}
    constant["marks"] = [root.map["mark"].text for root in roots if "mark" in root.map]
    constant["interfaces"] = {"tunnel": f"^{tunnel}[a-z-]*[0-9]*$", "pod": pod_pattern(general)}
    constant["special"] = special_networks(general)
    constant["resolvers"] = cluster_resolvers(general)
    for root in general:
        if "tun" in root.map:
            tun = root.map["tun"]
            constant["tun"] = {key: list(require(tun, key).plain()) for key in ("resources", "paths")}
    facts: dict[str, dict[str, str]] = {}
    for root in roots:
        _add(constant, root, tunnel)
        name = require(root, "software").text
        for key, node in root.map["facts"].map.items() if "facts" in root.map else ():
            is_bool = isinstance(node.value, bool)
            facts.setdefault(key, {})[name] = str(node.value).lower() if is_bool else node.text.strip()
    configs = {require(root, "software").text: _configs(root) for root in roots}
    return Catalog(constant, _words(constant), configs, facts)


def _add(constant: dict[str, Any], root: Node, tunnel: str) -> None:
    name = require(root, "software").text
    role = require(root, "role")
    if role.value not in _ROLES:
        raise RuleError(role.file, f"role must be one of {', '.join(_ROLES)}", *role.span[1:3])
    settings = root.get("settings")
    known = {key: _setting(node) for key, node in (settings.map if settings else {}).items()}
    images = require(root, "images").map
    constant["software"][name] = {
        "role": role.text,
        "title": require(root, "title").text,
        "traffic": _plain(root, "traffic", ""),
        "interfaces": _plain(root, "interfaces", []),
        "measured": _plain(root, "measured", ""),
        "needs": _plain(root, "needs", []),
        "mayBlock": _plain(root, "may_block", False),
        "settings": known,
        "defaults": [
            {**condition, "on": setting["defaultOn"]}
            for setting in known.values()
            if setting["means"] == "kill-switch"
            for condition in setting["honoured"]
        ],
        **_optional(root, tunnel),
    }
    constant["images"].update(dict.fromkeys(images, name))
    constant["names"].update(dict.fromkeys(_plain(root, "names", []), name))
    for image, node in images.items():
        if node.get("kill_switch") is not None:
            constant["killSwitches"][image] = _switch(node)
        if node.get("immutable") is not None:
            constant["immutable"][image] = _plain(node, "immutable", True)
        inside = node.get("inside")
        if inside is not None:
            constant["inside"][image] = {
                "switch": _plain(inside, "switch", ""),
                "on": _plain(inside, "on", []),
                "default": _plain(inside, "default", ""),
                "killSwitch": _switch(inside),
                "binds": _plain(inside, "binds", False),
            }


def _optional(root: Node, tunnel: str) -> dict[str, Any]:
    """Return what only some programs have."""
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
            entry[key] = json.dumps(node.plain())
    runtime = root.get("runtime_binding")
    if runtime is not None:
        # Between the preference and the interface stand quotes, colons, equals signs, all of them escaped
        # perhaps.
        entry["preference"] = runtime.text
        entry["runtime"] = f"{runtime.text}[^A-Za-z0-9]{{1,24}}({tunnel}|VPN_INTERFACE)"
    typed = root.get("typed")
    if typed is not None:
        entry["typed"] = [
            {
                "accepts": require(node, "accepts").text,
                "settings": {key: _range(item) for key, item in require(node, "settings").map.items()},
            }
            for node in typed.map.values()
        ]
    forms = root.get("exitNode", "forms")
    if forms is not None:
        entry["exitNode"] = [
            {"name": key, "matches": require(node, "matches").text, **_range(node)}
            for key, node in forms.map.items()
        ]
    return entry


def _configs(root: Node) -> tuple[ConfigFile, ...]:
    """Return a program's files, without the keys that people mistake for a binding and no version honours."""
    files = []
    for node in config.list if (config := root.get("config")) is not None else []:
        bindings = tuple(
            Binding(
                _plain(key, "section", ""), require(key, "key").text, require(key, "form").text, _ranges(key)
            )
            for key in require(node, "binding").list
            if require(key, "honoured").list
        )
        if bindings:
            files.append(ConfigFile(require(node, "file").text, tuple(_plain(node, "paths", [])), bindings))
    return tuple(files)


def _switch(node: Node) -> str:
    """Return whether an image blocks by itself: `true`, `false`, or the name of the env that decides."""
    value = _plain(node, "kill_switch", False)
    return value if isinstance(value, str) else str(value).lower()


def _setting(node: Node) -> dict[str, Any]:
    """Return a setting as the view reads it; a condition without image, from and below is always met."""
    off = _plain(node, "off", [])
    default = str(_plain(node, "default", ""))
    return {
        "means": require(node, "means").text,
        "form": require(node, "form").text,
        "off": off,
        "default": default,
        "defaultOn": bool(default) and default.lower() not in {*off, "off", "no", "false"},
        "instead": _plain(node, "instead", ""),
        "on": _plain(node, "on", ["on"]),
        "needs": _plain(node, "needs", []),
        "ends": _plain(node, "ends", ""),
        "honoured": _ranges(node),
    }


def _ranges(node: Node) -> list[dict[str, Any]]:
    """Return the conditions under which a setting is read: an image, and a range of versions."""
    return [{"image": _plain(item, "image", ""), **_range(item)} for item in require(node, "honoured").list]


def _range(node: Node) -> dict[str, int]:
    """Return the versions from one on and below another; all where neither is named."""
    return {"from": _version(node.get("from"), 0), "below": _version(node.get("below"), NEWEST + 1)}


def image_version(tag: str) -> int:
    """Return the version of a tag as a number; of one that names none, the newest."""
    match = _TAGGED.match(tag)
    return _number(match) if match is not None else NEWEST


def _number(match: re.Match[str]) -> int:
    major, minor, patch = match.groups()
    return int(major) * 1_000_000 + int(minor) * 1_000 + int(patch or 0)


def _version(node: Node | None, default: int) -> int:
    if node is None:
        return default
    match = _VERSION.match(str(node.value))
    if match is None:
        raise RuleError(node.file, f"{node.value!r} is not a version such as 3.39.0", *node.span[1:3])
    return _number(match)


def _plain(node: Node, key: str, default: Any) -> Any:  # noqa: ANN401  (a YAML value of any shape)
    child = node.get(key)
    return default if child is None or child.value is None else child.plain()


def _words(constant: dict[str, Any]) -> tuple[bytes, ...]:
    """Return the shortest names that occur in each client's name or image: what a byte search looks for."""
    clients = {name for name, entry in constant["software"].items() if entry["role"] == "client"}
    names = {
        name
        for table in ("names", "images")
        for name, program in constant[table].items()
        if program in clients
    }
    words: list[str] = []
    for name in sorted({name.rsplit("/")[-1] for name in names}, key=lambda name: (len(name), name)):
        if not any(word in name for word in words):
            words.append(name)
    return tuple(word.encode() for word in words)
