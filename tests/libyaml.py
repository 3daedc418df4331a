"""YAML as PyYAML reads and writes it, by libyaml: in a tenth of the time that its own Python takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml


def load(text: str | bytes) -> Any:  # noqa: ANN401  (YAML)
    """Return the one document as plain data."""
    return yaml.load(text, yaml.CSafeLoader)


def load_all(text: str | bytes) -> Iterator[Any]:
    """Yield each document as plain data."""
    yield from yaml.load_all(text, yaml.CSafeLoader)


def dump(
    document: object, *, sort_keys: bool = True, default_flow_style: bool = False, width: int = 80
) -> str:
    """Return plain data as YAML."""
    return _dump([document], sort_keys, default_flow_style, width)


def dump_all(documents: Iterable[object], *, sort_keys: bool = True) -> str:
    """Return documents of plain data as YAML."""
    return _dump(documents, sort_keys)


def _dump(
    documents: Iterable[object], sort_keys: bool, default_flow_style: bool = False, width: int = 80
) -> str:
    text: str = yaml.dump_all(
        documents,
        Dumper=yaml.CSafeDumper,
        sort_keys=sort_keys,
        default_flow_style=default_flow_style,
        width=width,
    )
    return text
