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


def dump(document: object, *, sort_keys: bool = True, **style: Any) -> str:  # noqa: ANN401  (PyYAML's)
    """Return plain data as YAML."""
    return dump_all([document], sort_keys=sort_keys, **style)


def dump_all(documents: Iterable[object], *, sort_keys: bool = True, **style: Any) -> str:  # noqa: ANN401
    """Return documents of plain data as YAML."""
    text: str = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=sort_keys, **style)
    return text
