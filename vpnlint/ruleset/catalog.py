"""The catalogue: which image runs which program, and which program honours which setting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from vpnlint.ruleset.assembled_images import may_be_named
from vpnlint.ruleset.image_names import split_image

if TYPE_CHECKING:
    from vpnlint.ruleset.view import Facts

# Words in the names of what works beside a client, such as qbittorrent-exporter.
_TOOLS = {"exporter", "forward", "manage", "manager", "port", "portforward", "scripts", "sync", "ui", "web"}
# The tables of the constant that have an image's owner and name as keys.
IMAGE_TABLES = ("images", "inside", "killSwitches", "immutable")


class Binding(NamedTuple):
    """A key in a configuration file that binds a client: its section (empty: none) and who honours it."""

    section: str
    key: str
    form: str
    honoured: list[dict[str, Any]]


class ConfigFile(NamedTuple):
    """A client's configuration file: its name, its paths in the images, and the keys that bind."""

    file: str
    paths: tuple[str, ...]
    bindings: tuple[Binding, ...]


class Catalog(NamedTuple):
    """The catalogue as the views use it.

    constant is the value of `variables.catalog` in CEL. By image (owner/name): `images` (→ program), `inside`
    (→ the VPN in the image), `killSwitches` (→ whether a VPN image blocks by itself) and `immutable` (→
    whether its tags stay). By name: `names` (→ program). By program: `software`. For all: `tun` (what grants
    the device), `marks` (of VPNs' own packets), `interfaces` (regular expressions of names), `special`
    (networks that are not public) and `resolvers` (of clusters).

    Every manifest with a torrent client holds one of words, in lower case. configs: program → configuration
    files with keys that bind it. facts: the CEL that programs' files provide for fields of the view.
    """

    constant: dict[str, Any]
    words: tuple[bytes, ...]
    configs: dict[str, tuple[ConfigFile, ...]]
    facts: Facts

    def find_program(self, image: str) -> str:
        """Return the program that an image reference runs (`gluetun`), or the empty string."""
        key, name = split_image(image)
        known = self.constant["images"].get(key) or self.constant["names"].get(name, "")
        return str(known)

    def find_kill_switches(self, image: str, version: int) -> dict[str, dict[str, Any]]:
        """Return the kill-switch settings that an image honours in a version, by name of variable."""
        key, _ = split_image(image)
        settings = self.constant["software"][self.find_program(image)]["settings"]
        return {
            name: setting
            for name, setting in settings.items()
            if setting["means"] == "kill-switch"
            and any(
                range_["image"] in ("", key) and range_["from"] <= version < range_["below"]
                for range_ in setting["honoured"]
            )
        }

    @staticmethod
    def is_off(setting: Mapping[str, Any], value: str) -> bool:
        """Tell whether a value switches a setting off."""
        only = setting["only"]
        return (bool(only) and re.search(only, value) is None) or value.lower() in setting["off"]

    def list_vpns(self) -> tuple[str, ...]:
        """Return the names of the programs that are VPNs."""
        return tuple(filter(self.is_vpn, self.constant["software"]))

    def find_role(self, program: str) -> str:
        """Return what a program is: `client`, `vpn`, `gateway` or `helper`, or the empty string."""
        return str(self.constant["software"].get(program, {}).get("role", ""))

    def is_client(self, program: str) -> bool:
        """Tell whether a program is a torrent client."""
        return self.find_role(program) == "client"

    def is_vpn(self, program: str) -> bool:
        """Tell whether a program is a VPN."""
        return self.find_role(program) == "vpn"

    def names_client(self, image: str) -> bool:
        """Tell whether an image reference or the name of a chart is a torrent client's."""
        return self.is_client(self.find_program(image))

    def may_be_client(self, image: str) -> bool:
        """Tell whether an image, of whose name some parts are unknown, may be a torrent client."""
        names = [*self.constant["names"], *(key.rpartition("/")[2] for key in self.constant["images"])]
        return may_be_named(image, filter(self.names_client, names))

    def is_called_like_client(self, image: str) -> bool:
        """Tell whether the name of an unknown image holds a torrent client's, as `qbittorrent-vue` does."""
        _, name = split_image(image)
        parts = re.split("[-_]", name)
        is_tool = not _TOOLS.isdisjoint(parts)
        return not self.find_program(image) and not is_tool and any(map(self.names_client, parts))

    def select_part(self, images: Iterable[str]) -> dict[str, Any]:
        """Return the part of the constant that can matter to a Pod with these images.

        A view only looks entries up by image and program, so it sees no difference; CEL converts the part a
        hundred times faster.
        """
        part: dict[str, Any] = {table: {} for table in (*IMAGE_TABLES, "names", "software")}
        part |= {key: value for key, value in self.constant.items() if key not in part}
        for image in images:
            key, name = split_image(image)
            for table, entry in (*((table, key) for table in IMAGE_TABLES), ("names", name)):
                if entry in self.constant[table]:
                    part[table][entry] = self.constant[table][entry]
            program = self.find_program(image)
            if program:
                part["software"][program] = self.constant["software"][program]
        return part
