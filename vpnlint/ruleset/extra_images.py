"""Adds the images of a user's configuration to the catalogue, such as private mirrors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vpnlint.errors import ConfigError
from vpnlint.nearest import nearest
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.node import Node

# The tables of the catalogue that are looked up by an image's owner and name.
_BY_IMAGE = ("images", "inside", "killSwitches", "immutable")


def add_images(catalog: Catalog, images: Mapping[str, Node]) -> Catalog:
    """Return the catalogue with images added, each with its program or the known image that it is.

    Raises ConfigError at the place of a program or image that the catalogue does not have.
    """
    if not images:
        return catalog
    tables = {name: dict(table) for name, table in catalog.constant.items() if name in _BY_IMAGE}
    words = list(catalog.words)
    for image, node in images.items():
        added, meant = _key(image), node.text
        known = _key(meant)
        if known in tables["images"]:
            for table in tables.values():
                if known in table:
                    table[added] = table[known]
        elif meant in catalog.constant["software"]:
            tables["images"][added] = meant
        else:
            choices = [*catalog.constant["software"], *catalog.constant["images"]]
            message = (
                f"{meant!r} is neither a program nor an image that vpnlint knows{nearest(meant, choices)}"
            )
            raise ConfigError(node.file, message, *node.span[1:3])
        word = added.rpartition("/")[2].encode()
        if catalog.is_client(tables["images"][added]) and not any(other in word for other in words):
            words.append(word)
    return replace(catalog, constant={**catalog.constant, **tables}, words=tuple(words))


def _key(image: str) -> str:
    """Return an image's key in the catalogue: its last two steps in lower case, without tag and digest."""
    path = image.split("@")[0].lower().split("/")
    path[-1] = path[-1].split(":")[0]
    return "/".join(path[-2:])
