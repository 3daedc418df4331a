"""The catalogue (rules/catalog/): which images are which program, and who honours which setting from which version on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from vpnlint.errors import RuleError
from vpnlint.ruleset.data_file import Source, require, sources
from vpnlint.source.node import Node

# One number orders versions on both sides, as CEL has no version type that the cluster and the linter share.
NEWEST = 999_999_999
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?\Z")
_ROLES = ("client", "vpn", "gateway", "helper")


@dataclass(frozen=True)
class Binding:
    """A key of a configuration file that binds: its section (empty: none), and the versions that honour it."""

    section: str
    key: str
    form: str
    honoured: list[dict[str, Any]]


@dataclass(frozen=True)
class ConfigFile:
    """A client's configuration file: its name, the paths at which images have it, the keys in it that bind."""

    file: str
    paths: tuple[str, ...]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True)
class Catalog:
    """The catalogue as the views use it.

    constant is the value of `variables.catalog` in CEL: `images` (owner/name → program), `names` (name → program),
    `software` (program → role, traffic, interfaces, its settings by env name), `inside` (owner/name → the image's
    own VPN), `killSwitches` (owner/name → whether a VPN image blocks by itself), `tun` (resources and paths that grant the device). words are the lower-case byte strings one of which
    every manifest with a torrent client holds. configs: program → its configuration files with keys that bind.
    """

    constant: dict[str, Any]
    words: tuple[bytes, ...]
    configs: dict[str, tuple[ConfigFile, ...]]

    def program(self, image: str) -> str:
        """Return the program that an image reference runs (`gluetun`), or the empty string."""
        key, name = _keys(image)
        known = self.constant["images"].get(key) or self.constant["names"].get(name, "")
        return str(known)

    def is_client(self, program: str) -> bool:
        """Tell whether a program is a torrent client."""
        return bool(self.constant["software"].get(program, {}).get("role") == "client")

    def part(self, images: Iterable[str]) -> dict[str, Any]:
        """Return of the constant what can matter to a Pod with these images.

        A view only looks things up by image and program, so it sees no difference; CEL takes in a hundredth.
        """
        part: dict[str, Any] = {"images": {}, "names": {}, "software": {}, "inside": {}, "killSwitches": {}}
        part["tun"] = self.constant["tun"]
        for image in images:
            key, name = _keys(image)
            for table, entry in (("images", key), ("names", name), ("inside", key), ("killSwitches", key)):
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


def load(folder: FilePath) -> Catalog:
    """Read every file of the catalogue's folder. Raises RuleError with the position of what is wrong."""
    constant: dict[str, Any] = {
        "images": {},
        "names": {},
        "software": {},
        "inside": {},
        "killSwitches": {},
        "tun": {"resources": [], "paths": []},
    }
    configs = {}
    for source in sources(folder):
        if "tun" in source.root.map:
            tun = source.root.map["tun"]
            constant["tun"] = {key: list(require(tun, key).plain()) for key in ("resources", "paths")}
        else:
            _add(constant, source)
            configs[require(source.root, "software").text] = _configs(source.root)
    return Catalog(constant, _words(constant), configs)


def _add(constant: dict[str, Any], source: Source) -> None:
    root = source.root
    name = require(root, "software").text
    role = require(root, "role")
    if role.value not in _ROLES:
        raise RuleError(source.file, f"role must be one of {', '.join(_ROLES)}", *role.span[1:3])
    settings = root.get("settings")
    known = {key: _setting(node) for key, node in (settings.map if settings else {}).items()}
    images = require(root, "images").map
    constant["software"][name] = {
        "role": role.text,
        "traffic": _plain(root, "traffic", ""),
        "interfaces": _plain(root, "interfaces", []),
        "settings": known,
        "defaults": [
            {**condition, "on": setting["defaultOn"]}
            for setting in known.values()
            if setting["means"] == "kill-switch"
            for condition in setting["honoured"]
        ],
    }
    constant["images"].update(dict.fromkeys(images, name))
    constant["names"].update(dict.fromkeys(_plain(root, "names", []), name))
    for image, node in images.items():
        if node.get("kill_switch") is not None:
            constant["killSwitches"][image] = _switch(node)
        inside = node.get("inside")
        if inside is not None:
            constant["inside"][image] = {
                "switch": _plain(inside, "switch", ""),
                "on": _plain(inside, "on", []),
                "default": _plain(inside, "default", ""),
                "killSwitch": _switch(inside),
                "binds": _plain(inside, "binds", False),
            }


def _configs(root: Node) -> tuple[ConfigFile, ...]:
    """Return the files of a program; keys that no version honours are what people mistake for a binding, and left out."""
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
        "honoured": _ranges(node),
    }


def _ranges(node: Node) -> list[dict[str, Any]]:
    return [
        {
            "image": _plain(condition, "image", ""),
            "from": _version(condition.get("from"), 0),
            "below": _version(condition.get("below"), NEWEST + 1),
        }
        for condition in require(node, "honoured").list
    ]


def _version(node: Node | None, default: int) -> int:
    if node is None:
        return default
    match = _VERSION.match(str(node.value))
    if match is None:
        raise RuleError(node.file, f"{node.value!r} is not a version such as 3.39.0", *node.span[1:3])
    major, minor, patch = match.groups()
    return int(major) * 1_000_000 + int(minor) * 1_000 + int(patch or 0)


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
