"""YAML text → documents of Nodes, read as Flux's Kustomize reads it, or as Helm does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml

from vpnlint.errors import InputError
from vpnlint.source.compose import compose_document, count_breaks
from vpnlint.source.node import Node, Scalar
from vpnlint.source.problems import inspect_document
from vpnlint.source.scalars import resolve_kustomize_scalar
from vpnlint.source.source_node import SourceNode
from vpnlint.source.source_text import SourceText

_MARKER = re.compile(r"^(?:(?:---|\.\.\.)(?=[ \t\r\n]|\Z)|%)", re.MULTILINE)
# Of one file: a cluster's objects printed as one stream stay far below (Kubernetes keeps at most 1.5 MiB of
# each).
MAX_DOCUMENTS = 5_000
MAX_VALUES = 250_000
_BLANKS = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?[\r\n]+)*")


class Document(NamedTuple):
    """One YAML document: its root, and the problems that do not void it, such as a key given twice."""

    root: Node
    problems: tuple[InputError, ...] = ()


def parse_documents(
    text: str,
    file: str,
    wanted: Callable[[str], object] | None = None,
    resolve: Callable[[str], Scalar] = resolve_kustomize_scalar,
) -> Iterator[Document | InputError]:
    """Yield each document of a YAML stream, or an InputError in its place where it cannot be read.

    Empty documents are left out.

    text: the stream, without byte order mark. file: its path as shown to the user. wanted: tells from the
    text of a document whether to read it. resolve: what plain scalars mean: by default as for the manifests
    of a GitOps repository, which reach the cluster through Kustomize, to which `off` is a string. Values
    files that Helm reads, and manifests for kubectl, need `resolve_helm_scalar`.
    """
    yield from _parse(text, file, wanted, resolve, 0, 0)


def _parse(
    text: str,
    file: str,
    wanted: Callable[[str], object] | None,
    resolve: Callable[[str], Scalar],
    line: int,
    column: int,
) -> Iterator[Document | InputError]:
    values = 0
    for number, chunk in enumerate(split_documents(text)):
        if number >= MAX_DOCUMENTS:
            yield _make_too_many_documents_error(file, line)
            return
        if wanted is None or wanted(chunk):
            try:
                source = compose_document(chunk, file, line)
                if source is not None and source.value != "":
                    place = SourceText(chunk, file, line, resolve, column)
                    size, problems = inspect_document(source, place)
                    values += size
                    if values > MAX_VALUES:
                        yield place.error(source, f"more than {MAX_VALUES:,} values: the rest is not read")
                        return
                    yield Document(SourceNode(place, source), tuple(problems))
            except InputError as error:
                yield error
        line += count_breaks(chunk)


def _make_too_many_documents_error(file: str, line: int) -> InputError:
    return InputError(file, f"more than {MAX_DOCUMENTS:,} documents: the rest is not read", line + 1, 1)


class SkimmedDocument(NamedTuple):
    """A document that was parsed but not inspected: its number, line (1-based), text and root."""

    number: int
    line: int
    text: str
    root: Node | InputError
    source: yaml.Node | None


def skim_documents(text: str, file: str, wanted: Callable[[str], object]) -> Iterator[SkimmedDocument]:
    """Yield each document of a YAML stream that is wanted and not empty, or an error in its place.

    The arguments are those of `parse_documents`. An alias that contains itself is not noticed here.
    """
    line = values = 0
    for number, chunk in enumerate(split_documents(text)):
        if number >= MAX_DOCUMENTS:
            yield SkimmedDocument(number, line + 1, "", _make_too_many_documents_error(file, line), None)
            return
        if wanted(chunk):
            try:
                source = compose_document(chunk, file, line)
                if source is not None and source.value != "":
                    place = SourceText(chunk, file, line, resolve_kustomize_scalar)
                    # Counting is only worth its time where the file is so long that the limit may be near.
                    values += count_yaml_values(source) if len(text) > MAX_VALUES else 0
                    if values > MAX_VALUES:
                        error = place.error(source, f"more than {MAX_VALUES:,} values: the rest is not read")
                        yield SkimmedDocument(number, line + 1, "", error, None)
                        return
                    root = SourceNode(place, source)
                    yield SkimmedDocument(number, line + 1, chunk, root, source)
            except InputError as error:
                yield SkimmedDocument(number, line + 1, chunk, error, None)
        line += count_breaks(chunk)


def count_yaml_values(root: yaml.Node) -> int:
    """Return how many values a document holds; an alias counts as one."""
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
    """A string whose lines are lines of its file, such as a whole file in a generated ConfigMap."""

    __slots__ = ("column", "line")

    def __init__(
        self, text: str, file: str, origin: Node | None = None, line: int = 0, column: int = 0
    ) -> None:
        """Take the text, its file, its place (None: the file's start), and where its lines start, 0-based."""
        if origin is None:
            super().__init__(text, file, (1, 1, 1, 1))
        else:
            head = origin.head[1:] if origin.keyed else None
            super().__init__(text, file, origin.span[1:], head, origin.parent, origin.name)
        self.line = line
        self.column = column


def replace_text(node: Node, text: str) -> Node:
    """Return a string Node with another text.

    If the number of lines stays the same, documents that are parsed within it keep their lines.
    """
    lines = _lines(node)
    if lines is None or text.count("\n") != node.text.count("\n"):
        return Node.make(text, node)
    return TextNode(text, node.file, node, *lines)


def parse_embedded(
    node: Node, resolve: Callable[[str], Scalar] = resolve_kustomize_scalar
) -> Iterator[Document | InputError]:
    """Yield each document of the YAML in a string, such as an inline patch or a values file in a ConfigMap.

    Each Node points at its own place if the string is a block scalar or a whole file, else at the string's.
    """
    lines = _lines(node)
    if lines is not None:
        yield from _parse(node.text, node.file, None, resolve, *lines)
        return
    for document in parse_documents(node.text, node.file, None, resolve):
        if isinstance(document, InputError):
            yield InputError(node.file, document.message, *node.span[1:3])
        else:
            yield Document(_copy_to(document.root, node))


def find_line(node: Node, key: str) -> Node | None:
    """Return the first line of a text that sets a key as INI and JSON do, as a Node at its place in the file.

    None where no line does, or where the text's lines are not lines of its file.
    """
    place = _lines(node)
    for number, line in enumerate(node.text.split("\n") if place is not None else ()):
        found = line.strip().lstrip('"')
        if place is not None and found.startswith(key) and found[len(key) :].lstrip(' "')[:1] in ("=", ":"):
            at = place[0] + number + 1
            start = place[1] + len(line) - len(line.lstrip()) + 1
            return Node(line.strip(), node.file, (at, start, at, start + len(line.strip())))
    return None


def _lines(node: Node) -> tuple[int, int] | None:
    """Return the 0-based line and column at which the lines of a text start.

    None where they are not lines of the file.
    """
    if isinstance(node, TextNode):
        return node.line, node.column
    margin = node.margin if isinstance(node, SourceNode) else None
    return None if margin is None else (node.place[0], margin)


def _copy_to(root: Node, origin: Node) -> Node:
    """Return a copy of a value with every Node at one place."""
    if isinstance(root.value, dict):
        return Node.make({key: _copy_to(child, origin) for key, child in root.value.items()}, origin)
    if isinstance(root.value, list):
        return Node.make([_copy_to(child, origin) for child in root.value], origin)
    return Node.make(root.value, origin)


def split_documents(text: str) -> Iterator[str]:
    """Yield the text of each document of a stream, with the directives and comments before it."""
    if "\n---" not in text and "\n..." not in text and "%" not in text:
        yield text
        return
    start, directives, head = 0, False, _skip_blanks(text, 0)
    for match in _MARKER.finditer(text):
        at = match.start()
        if match[0] == "...":
            end = text.find("\n", at) + 1 or len(text)
            yield text[start:end]
            start, head = end, _skip_blanks(text, end)
        elif match[0] == "---" or at == head:
            # The line that begins a document, unless its directives have begun it; elsewhere `%` is text.
            if not directives and at > start:
                yield text[start:at]
                start = at
            directives = match[0] == "%"
    yield text[start:]


def _skip_blanks(text: str, start: int) -> int:
    match = _BLANKS.match(text, start)
    return match.end() if match else start
