"""Reads vpnlint's own data files (rules, views, catalogue) with the positions that errors point at."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from vpnlint.errors import InputError, RuleError
from vpnlint.ruleset.cache import NO_CACHE, Cache
from vpnlint.source.document import parse_documents
from vpnlint.source.node import Node
from vpnlint.source.small_file import read_small_file
from vpnlint.source.stored_node import restore_node, store_node


class DataFile(NamedTuple):
    """A data file: its path as shown to the user, and its one document."""

    file: str
    root: Node


_LARGEST = 1 << 20
DEFENCES = "defences.yaml"


def find_shipped_folder() -> FilePath:
    """Return the folder of the shipped rules: inside the package in a wheel, beside it in a checkout."""
    package = FilePath(__file__).parents[1]
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def accept_any(_: Node) -> None:
    """Check nothing."""


def read_files(folder: FilePath, *, without: str = "") -> list[tuple[str, bytes]]:
    """Return path and bytes of each YAML file directly in a folder, sorted by name.

    without: the name of one to leave out. Raises RuleError if one cannot be read.
    """
    try:
        names = sorted(set(os.listdir(folder)) - {without})
    except OSError as error:
        raise RuleError(str(folder), f"cannot be read: {error.strerror}") from error
    paths = [os.path.join(folder, name) for name in names if name.endswith((".yaml", ".yml"))]
    return [(path, _read_file(path)) for path in paths]


def _read_file(path: str) -> bytes:
    data = read_small_file(path, _LARGEST)
    if data is None:
        raise RuleError(path, f"cannot be read, or is no file, or larger than {_LARGEST >> 10:,} KiB")
    return data


def read_data_files(
    folder: FilePath,
    cache: Cache = NO_CACHE,
    check: Callable[[Node], object] = accept_any,
    *,
    without: str = "",
) -> list[DataFile]:
    """Return each YAML file directly in a folder, sorted by name; shipped files may come from the cache.

    check: raises RuleError for a root with a mistake; what the cache holds was checked when it was kept.
    without: the name of a file to leave out. Raises RuleError if one cannot be read or is not a mapping.
    """
    kept = cache if folder.is_relative_to(find_shipped_folder()) else NO_CACHE
    return _parse_files(folder.name, read_files(folder, without=without), kept, check)


def read_data_file(
    path: FilePath, cache: Cache = NO_CACHE, check: Callable[[Node], object] = accept_any
) -> DataFile:
    """Return a data file. Raises RuleError if it cannot be read or is not a single mapping.

    cache and check: as for read_data_files.
    """
    name = str(path)
    (file,) = _parse_files(path.stem, [(name, _read_file(name))], cache, check)
    return file


def _parse_files(
    name: str, files: Sequence[tuple[str, bytes]], cache: Cache, check: Callable[[Node], object]
) -> list[DataFile]:
    """Return the files parsed and checked, or as the cache keeps them under a name."""
    stored = cache.load(name, files)
    if stored is not None:
        return [
            DataFile(file, restore_node(root, file)) for (file, _), root in zip(files, stored, strict=True)
        ]
    parsed = [_parse_file(path, data) for path, data in files]
    for item in parsed:
        check(item.root)
    if cache is not NO_CACHE:
        cache.save(name, files, [store_node(item.root) for item in parsed])
    return parsed


def _parse_file(path: str, data: bytes) -> DataFile:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise RuleError(path, f"cannot be read: {error}") from error
    documents = list(parse_documents(text, path))
    for document in documents:
        problems = [document] if isinstance(document, InputError) else document.problems
        for problem in problems:
            raise RuleError(problem.file, problem.message, problem.line, problem.column)
    if (
        len(documents) != 1
        or isinstance(documents[0], InputError)
        or not isinstance(documents[0].root.value, dict)
    ):
        raise RuleError(path, "must be one YAML mapping")
    return DataFile(path, documents[0].root)


def make_rule_error(node: Node, message: str) -> RuleError:
    """Return an error at the place of a Node."""
    return RuleError(node.file, message, *node.span[1:3])


def refuse_unknown_keys(node: Node, keys: tuple[str, ...], owner: str) -> None:
    """Raise RuleError at the first key of a mapping that is not one of `keys`, the keys of its owner."""
    for key in node.map:
        if key not in keys:
            raise make_rule_error(node.get_key(key), f"{key!r} is not a key of {owner} ({', '.join(keys)})")


def read_condition(node: Node, key: str, default: str) -> str:
    """Return the CEL expression under a key of a mapping, or a default where the key is missing.

    Raises RuleError at the place of a value that is not CEL.
    """
    child = node.get(key)
    if child is None:
        return default
    if isinstance(child.value, bool):
        return str(child.value).lower()
    if not child.text.strip():
        raise make_rule_error(child, f"{key} must be a CEL expression")
    return child.text.strip()


def require_key(node: Node, key: str) -> Node:
    """Return the Node under a key of a mapping. Raises RuleError at the mapping where the key is missing."""
    child = node.get(key)
    if child is None or child.value is None:
        raise RuleError(node.file, f"the key {key!r} is missing", *node.head[1:3])
    return child


def read_plain(node: Node, key: str, default: Any) -> Any:  # noqa: ANN401  (a YAML value of any shape)
    """Return the plain value of a key, or the default where there is none."""
    child = node.get(key)
    return default if child is None or child.value is None else child.to_plain()
