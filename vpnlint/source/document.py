"""YAML text → documents of Nodes, read as Flux's Kustomize reads it (or Helm, where asked)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml

from vpnlint.errors import InputError
from vpnlint.source.compose import compose, count_breaks
from vpnlint.source.node import Node, Scalar
from vpnlint.source.problems import inspect_document
from vpnlint.source.scalars import resolve_by_kustomize
from vpnlint.source.source_node import Text, Written

_MARKER = re.compile(r"^(?:(?:---|\.\.\.)(?=[ \t\r\n]|\Z)|%)", re.MULTILINE)
# Of one file: a cluster's objects printed as one stream stay far below (Kubernetes keeps at most 1.5 MiB of
# each).
MAX_DOCUMENTS = 5_000
MAX_VALUES = 250_000
_BLANKS = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?[\r\n]+)*")


class Document(NamedTuple):
    """One YAML document: its root, and the problems of its text that do not void it (a key given twice)."""

    root: Node
    problems: tuple[InputError, ...] = ()


def parse(
    text: str,
    file: str,
    wanted: Callable[[str], object] | None = None,
    resolve: Callable[[str], Scalar] = resolve_by_kustomize,
) -> Iterator[Document | InputError]:
    """Yield each document of a YAML stream, or what is wrong with it.

    text: the stream, without byte order mark. file: its path as shown to the user. wanted: asked of the text
    of each document; those of which it says no are left out unread. resolve: what plain scalars mean.
    Manifests of a GitOps repository reach the cluster through Kustomize, to which `off` is a string; for a
    values file that Helm reads itself, and for what is handed to kubectl, it is
    vpnlint.source.scalars.resolve. Empty documents are left out. A document that cannot be read yields an
    InputError in its place; the others are read all the same.
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
            yield _too_many_documents(file, line)
            return
        if wanted is None or wanted(chunk):
            try:
                source = compose(chunk, file, line)
                if source is not None and source.value != "":
                    place = Text(chunk, file, line, resolve, column)
                    size, problems = inspect_document(source, place)
                    values += size
                    if values > MAX_VALUES:
                        yield place.error(source, f"more than {MAX_VALUES:,} values: the rest is not read")
                        return
                    yield Document(Written(place, source), tuple(problems))
            except InputError as error:
                yield error
        line += count_breaks(chunk)


def _too_many_documents(file: str, line: int) -> InputError:
    return InputError(file, f"more than {MAX_DOCUMENTS:,} documents: the rest is not read", line + 1, 1)


class Skimmed(NamedTuple):
    """A document that was parsed but not inspected: its number, line (1-based), text and root."""

    number: int
    line: int
    text: str
    root: Node | InputError
    source: yaml.Node | None


def skim(text: str, file: str, wanted: Callable[[str], object]) -> Iterator[Skimmed]:
    """Yield each document of a YAML stream that is wanted and not empty, or an error in its place.

    The arguments are those of `parse`. A value that an alias holds within itself is not noticed here.
    """
    line = values = 0
    for number, chunk in enumerate(split_documents(text)):
        if number >= MAX_DOCUMENTS:
            yield Skimmed(number, line + 1, "", _too_many_documents(file, line), None)
            return
        if wanted(chunk):
            try:
                source = compose(chunk, file, line)
                if source is not None and source.value != "":
                    place = Text(chunk, file, line, resolve_by_kustomize)
                    # Counting is only worth its time where the file is so long that the limit may be near.
                    values += count_values(source) if len(text) > MAX_VALUES else 0
                    if values > MAX_VALUES:
                        error = place.error(source, f"more than {MAX_VALUES:,} values: the rest is not read")
                        yield Skimmed(number, line + 1, "", error, None)
                        return
                    root = Written(place, source)
                    yield Skimmed(number, line + 1, chunk, root, source)
            except InputError as error:
                yield Skimmed(number, line + 1, chunk, error, None)
        line += count_breaks(chunk)


def count_values(root: yaml.Node) -> int:
    """Return how many values a document holds, each alias counted as one."""
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


class Content(Node):
    """A text whose lines are lines of its file.

    A whole file as a scalar, such as a generator puts into a ConfigMap.
    """

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


def reworded(node: Node, text: str) -> Node:
    """Return a string Node with another text.

    Where it has as many lines, what is parsed within it keeps its lines.
    """
    lines = _lines(node)
    if lines is None or text.count("\n") != node.text.count("\n"):
        return Node.made(text, node)
    return Content(text, node.file, node, *lines)


def parse_within(
    node: Node, resolve: Callable[[str], Scalar] = resolve_by_kustomize
) -> Iterator[Document | InputError]:
    """Yield each document of the YAML that a string holds: an inline patch, a values file in a ConfigMap.

    Their Nodes stand where their text stands, if it is a block or a file of its own, and else all where the
    string does.
    """
    lines = _lines(node)
    if lines is not None:
        yield from _parse(node.text, node.file, None, resolve, *lines)
        return
    for document in parse(node.text, node.file, None, resolve):
        if isinstance(document, InputError):
            yield InputError(node.file, document.message, *node.span[1:3])
        else:
            yield Document(_at(document.root, node))


def _lines(node: Node) -> tuple[int, int] | None:
    """Return the 0-based line and column that the lines of a text start at.

    None where they are not lines of the file.
    """
    if isinstance(node, Content):
        return node.line, node.column
    margin = node.margin if isinstance(node, Written) else None
    return None if margin is None else (node.place[0], margin)


def _at(root: Node, origin: Node) -> Node:
    """Return the same value with every Node at one place."""
    if isinstance(root.value, dict):
        return Node.made({key: _at(child, origin) for key, child in root.value.items()}, origin)
    if isinstance(root.value, list):
        return Node.made([_at(child, origin) for child in root.value], origin)
    return Node.made(root.value, origin)


def split_documents(text: str) -> Iterator[str]:
    """Yield the documents of a stream, each with the directives and comments that stand before it."""
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
