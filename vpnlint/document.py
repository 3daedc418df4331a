"""YAML text → documents of Nodes, read as Flux's Kustomize reads it (or Helm, where asked)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from vpnlint.compose import compose, count_breaks
from vpnlint.errors import InputError
from vpnlint.node import Node, Scalar
from vpnlint.refusals import refusals
from vpnlint.scalars import resolve_by_kustomize
from vpnlint.written import Text, Written

_MARKER = re.compile(r"^(?:(?:---|\.\.\.)(?=[ \t\r\n]|\Z)|%)", re.MULTILINE)
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

    text: the stream, without byte order mark. file: its path as shown to the user. wanted: asked of the
    text of each document; those of which it says no are left out unread. resolve: what plain scalars mean. Manifests of a GitOps repository
    reach the cluster through Kustomize, to which `off` is a string; for a values file that Helm reads itself, and for
    what is handed to kubectl, it is vpnlint.scalars.resolve. Empty documents are left out. A document that cannot be
    read yields an InputError in its place; the others are read all the same.
    """
    line = 0
    for chunk in _split(text):
        if wanted is None or wanted(chunk):
            try:
                source = compose(chunk, file, line)
                if source is not None and source.value != "":
                    place = Text(chunk, file, line, resolve)
                    problems = tuple(refusals(source, place))
                    yield Document(Written(place, source), problems)
            except InputError as error:
                yield error
        line += count_breaks(chunk)


def _split(text: str) -> Iterator[str]:
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
