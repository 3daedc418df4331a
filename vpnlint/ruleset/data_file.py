"""Reads vpnlint's own data files (rules, views, catalogue) with the positions that errors point at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import NamedTuple

from vpnlint.errors import InputError, RuleError
from vpnlint.source.document import parse_documents
from vpnlint.source.node import Node


class Source(NamedTuple):
    """A data file: its path as shown to the user, and its one document."""

    file: str
    root: Node


DEFENCES = "defences.yaml"


def shipped() -> FilePath:
    """Return the folder of the shipped rules: inside the package in a wheel, at the root in a checkout."""
    package = FilePath(__file__).parents[1]
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def sources(folder: FilePath) -> Iterator[Source]:
    """Yield each YAML file directly in a folder, by name. Raises RuleError if one is no readable mapping."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise RuleError(str(folder), f"cannot be read: {error.strerror}") from error
    for path in paths:
        yield source(path)


def source(path: FilePath) -> Source:
    """Return one data file. Raises RuleError where it cannot be read or is not one mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(str(path), f"cannot be read: {error}") from error
    documents = list(parse_documents(text, str(path)))
    for document in documents:
        problems = [document] if isinstance(document, InputError) else document.problems
        for problem in problems:
            raise RuleError(problem.file, problem.message, problem.line, problem.column)
    if (
        len(documents) != 1
        or isinstance(documents[0], InputError)
        or not isinstance(documents[0].root.value, dict)
    ):
        raise RuleError(str(path), "must be one YAML mapping")
    return Source(str(path), documents[0].root)


def require(node: Node, key: str) -> Node:
    """Return the Node under a key of a mapping. Raises RuleError at the mapping where the key is missing."""
    child = node.get(key)
    if child is None or child.value is None:
        raise RuleError(node.file, f"the key {key!r} is missing", *node.head[1:3])
    return child
