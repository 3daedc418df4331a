"""Adds images from the user's configuration, such as private mirrors, to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from vpnlint.errors import ConfigError
from vpnlint.ruleset.catalog import IMAGE_TABLES, Catalog
from vpnlint.ruleset.image_names import split_image
from vpnlint.source.node import Node
from vpnlint.suggestion import suggest_name


def add_images(catalog: Catalog, images: Mapping[str, Node]) -> Catalog:
    """Return the catalogue with more images, each mapped to its program or to the image that it mirrors.

    Raises ConfigError at the place of a program or image that the catalogue lacks.
    """
    if not images:
        return catalog
    tables = {name: dict(table) for name, table in catalog.constant.items() if name in IMAGE_TABLES}
    words = list(catalog.words)
    for image, node in images.items():
        (added, name), meant = split_image(image), node.text
        known, _ = split_image(meant)
        if known in tables["images"]:
            for table in tables.values():
                if known in table:
                    table[added] = table[known]
        elif meant in catalog.constant["software"]:
            tables["images"][added] = meant
        else:
            choices = [*catalog.constant["software"], *catalog.constant["images"]]
            hint = suggest_name(meant, choices)
            message = f"{meant!r} is neither a program nor an image that vpnlint knows{hint}"
            raise ConfigError(node.file, message, *node.span[1:3])
        word = name.encode()
        if catalog.is_client(tables["images"][added]) and not any(other in word for other in words):
            words.append(word)
    return catalog._replace(constant={**catalog.constant, **tables}, words=tuple(words))
