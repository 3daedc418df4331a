"""Parses YAML text into documents of Nodes, as Flux's Kustomize or Helm reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import yaml

from vpnlint.errors import InputError
from vpnlint.source.compose import compose_document, count_breaks
from vpnlint.source.edit import move_node
from vpnlint.source.node import Node, Scalar
from vpnlint.source.problems import inspect_document
from vpnlint.source.scalars import resolve_kustomize_scalar
from vpnlint.source.source_node import SourceNode
from vpnlint.source.source_text import SourceText
from vpnlint.source.stream import split_documents

# The limits of one file; a dump of a whole cluster stays far below (Kubernetes stores at most 1.5 MiB per
# object).
MAX_DOCUMENTS = 5_000
MAX_VALUES = 250_000


class Document(NamedTuple):
    """One YAML document: its root, and its minor problems, such as a duplicate key."""

    root: Node
    problems: tuple[InputError, ...] = ()


def parse_documents(
    text: str,
    file: str,
    wanted: Callable[[str], object] | None = None,
    resolve: Callable[[str], Scalar] = resolve_kustomize_scalar,
) -> Iterator[Document | InputError]:
    """Yield each document of a YAML stream, or an InputError in place of a document that cannot be read.

    Empty documents are left out.

    text: the stream, without a byte order mark. file: its path as shown to the user. wanted: tells from a
    document's text whether to read it. resolve: returns the value of a plain scalar. The default suits the
    manifests of a GitOps repository, which pass through Kustomize, where `off` is a string; values files for
    Helm and manifests for kubectl need `resolve_helm_scalar`.
    """
    yield from inspect_documents(_compose_stream(text, file, wanted, resolve))


class SkimmedDocument(NamedTuple):
    """A document that was parsed but not inspected: its number, 1-based line, text and root or error.

    source is the root as PyYAML has it, None where there is an error, and place what its Nodes share.
    inspection is what inspect_document found, None before it was asked.
    """

    number: int
    line: int
    text: str
    root: SourceNode | InputError
    source: yaml.Node | None = None
    place: SourceText | None = None
    inspection: tuple[int, list[InputError]] | None = None


def skim_documents(text: str, file: str, wanted: Callable[[str], object]) -> Iterator[SkimmedDocument]:
    """Yield each wanted document of a YAML stream that is not empty, or one with an error in its place.

    The arguments are those of `parse_documents`. A document is inspected only if it has aliases, which may
    contain themselves or multiply it.
    """
    values = 0
    for item in _compose_stream(text, file, wanted, resolve_kustomize_scalar):
        # A file that is too short to reach the limit is not worth counting.
        if item.source is not None and item.place is not None and len(text) > MAX_VALUES:
            values += count_yaml_values(item.source)
            if values > MAX_VALUES:
                error = _make_too_many_values_error(item.place, item.source)
                yield SkimmedDocument(item.number, item.line, "", error)
                return
        yield _inspect_aliases(item)


def _inspect_aliases(item: SkimmedDocument) -> SkimmedDocument:
    """Inspect a document that has aliases; an error replaces its root if nothing may follow them."""
    if item.source is not None and item.place is not None and "*" in item.text and "&" in item.text:
        try:
            return item._replace(inspection=inspect_document(item.source, item.place))
        except InputError as error:
            return SkimmedDocument(item.number, item.line, item.text, error)
    return item


def inspect_documents(documents: Iterable[SkimmedDocument]) -> Iterator[Document | InputError]:
    """Yield documents of one stream with the problems that do not void them, or why one cannot be read."""
    values = 0
    for item in documents:
        if isinstance(item.root, InputError):
            yield item.root
            continue
        if item.source is None or item.place is None:
            continue  # only an error has none
        try:
            size, problems = item.inspection or inspect_document(item.source, item.place)
        except InputError as error:
            yield error
            continue
        values += size
        if values > MAX_VALUES:
            yield _make_too_many_values_error(item.place, item.source)
            return
        yield Document(item.root, tuple(problems))


def _compose_stream(
    text: str,
    file: str,
    wanted: Callable[[str], object] | None,
    resolve: Callable[[str], Scalar],
    line: int = 0,
    column: int = 0,
) -> Iterator[SkimmedDocument]:
    for number, chunk in enumerate(split_documents(text)):
        if number >= MAX_DOCUMENTS:
            message = f"more than {MAX_DOCUMENTS:,} documents: the rest is not read"
            yield SkimmedDocument(number, line + 1, "", InputError(file, message, line + 1, 1))
            return
        if wanted is None or wanted(chunk):
            try:
                source = compose_document(chunk, file, line)
            except InputError as error:
                yield SkimmedDocument(number, line + 1, chunk, error)
            else:
                if source is not None and source.value != "":
                    place = SourceText(chunk, file, line, resolve, column)
                    root = SourceNode(place, source)
                    yield SkimmedDocument(number, line + 1, chunk, root, source, place)
        line += count_breaks(chunk)


def _make_too_many_values_error(place: SourceText, source: yaml.Node) -> InputError:
    return place.error(source, f"more than {MAX_VALUES:,} values: the rest is not read")


def count_yaml_values(root: yaml.Node) -> int:
    """Return the number of values in a document; an alias counts as one."""
    count = 0
    stack, seen = [root], {id(root)}
    while stack:
        value = stack.pop().value
        if isinstance(value, str):
            continue
        for item in value:
            count += 1
            child = item[1] if isinstance(item, tuple) else item
            if id(child) not in seen:
                seen.add(id(child))
                stack.append(child)
    return count


class TextNode(Node):
    """A string whose lines are lines of its file, such as a whole file in a generated ConfigMap.

    line and column are the 0-based position where the text starts in the file.
    """

    __slots__ = ("column", "line", "parsed")

    def __init__(
        self, text: str, file: str, origin: Node | None = None, line: int = 0, column: int = 0
    ) -> None:
        """Make a Node of a text, at the place of `origin` (None: at the start of the file)."""
        if origin is None:
            super().__init__(text, file, (1, 1, 1, 1))
        else:
            head = origin.head[1:] if origin.keyed else None
            super().__init__(text, file, origin.span[1:], head, origin.parent, origin.name)
        self.line = line
        self.column = column
        # What parse_embedded read of it before.
        self.parsed: dict[Callable[[str], Scalar], list[Document | InputError]] = {}


def replace_text(node: Node, text: str) -> Node:
    """Return a string Node with another text.

    If the number of lines stays the same, documents parsed from it keep their lines.
    """
    lines = _find_text_start(node)
    if lines is None or text.count("\n") != node.text.count("\n"):
        return Node.make(text, node)
    return TextNode(text, node.file, node, *lines)


def parse_embedded(
    node: Node, resolve: Callable[[str], Scalar] = resolve_kustomize_scalar
) -> Iterator[Document | InputError]:
    """Yield each document of the YAML in a string, such as an inline patch or a values file in a ConfigMap.

    A Node has its own place if the string is a block scalar or a whole file, else the string's place.
    """
    lines = _find_text_start(node)
    if isinstance(node, TextNode):
        if resolve not in node.parsed:
            stream = _compose_stream(node.text, node.file, None, resolve, node.line, node.column)
            node.parsed[resolve] = [*inspect_documents(stream)]
        yield from node.parsed[resolve]
        return
    if lines is not None:
        yield from inspect_documents(_compose_stream(node.text, node.file, None, resolve, *lines))
        return
    for document in parse_documents(node.text, node.file, None, resolve):
        if isinstance(document, InputError):
            yield InputError(node.file, document.message, *node.span[1:3])
        else:
            yield Document(move_node(document.root, node))


def find_line(node: Node, key: str) -> Node | None:
    """Return the first line of an INI or JSON text that sets a key, as a Node at its place in the file.

    Returns None if no line sets the key, or if the text is no run of the file's lines.
    """
    start = _find_text_start(node)
    for offset, line in enumerate(node.text.split("\n") if start is not None else ()):
        setting = line.strip().lstrip('"')
        separator = setting[len(key) :].lstrip(' "')[:1]
        if start is not None and setting.startswith(key) and separator in ("=", ":"):
            number = start[0] + offset + 1
            column = start[1] + len(line) - len(line.lstrip()) + 1
            return Node(line.strip(), node.file, (number, column, number, column + len(line.strip())))
    return None


def _find_text_start(node: Node) -> tuple[int, int] | None:
    """Return the 0-based line and column where a text starts, or None if it is no run of the file's lines."""
    if isinstance(node, TextNode):
        return node.line, node.column
    margin = node.margin if isinstance(node, SourceNode) else None
    return None if margin is None else (node.place[0], margin)
