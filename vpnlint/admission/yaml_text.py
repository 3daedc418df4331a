"""Plain data → YAML that people can read and compare: long texts over several lines, everything in the order given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

_WIDTH = 120
_LONG = 80


class _Dumper(yaml.SafeDumper):
    """Writes long texts as block scalars, and never an alias: Kyverno's tests and people read each document by itself."""

    def ignore_aliases(self, data: object) -> bool:
        """Return True: every value is written out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the items of a list below its key, as yamllint and most repositories have it."""
        super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else ">" if len(text) > _LONG and " " in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def manifests(documents: Iterable[dict[str, Any]]) -> str:
    """Return the documents as one YAML text, each after a line `---`."""
    texts = (
        yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
        for document in documents
    )
    return "".join(f"---\n{text}" for text in texts)
