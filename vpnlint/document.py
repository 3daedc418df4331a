"""YAML text → documents of Nodes, read as Flux, Kustomize and Helm read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml
from yaml.composer import Composer
from yaml.cyaml import CParser

from vpnlint.errors import InputError
from vpnlint.node import Node
from vpnlint.scalars import resolve

# The Kubernetes API server refuses objects over 3 MiB and etcd over 1.5 MiB: nothing near these limits is a manifest.
MAX_NODES = 1_000_000
MAX_DEPTH = 200

_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
# No node can be nested deeper than its line is indented or than brackets were opened before it.
_DEEP_INDENT = re.compile(rf"^[ \-?:]{{{MAX_DEPTH},}}", re.MULTILINE)
_PLAIN = "plain"
_STRING = "tag:yaml.org,2002:str"


class Document(NamedTuple):
    """One YAML document: its root, and the problems of its text that do not void it (a key given twice)."""

    root: Node
    problems: tuple[InputError, ...] = ()


class _Loader(CParser):  # type: ignore[misc]  # PyYAML's C parser is untyped
    """libyaml's composer without PyYAML's tag resolution: `resolve` below is a tenth of its cost."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)

    def resolve(self, kind: type, value: str, implicit: object) -> str:
        if kind is yaml.ScalarNode and isinstance(implicit, tuple) and implicit[0]:
            return _PLAIN
        return _STRING

    def descend_resolver(self, parent: object, index: object) -> None:
        """Do nothing: there are no path resolvers."""

    def ascend_resolver(self) -> None:
        """Do nothing: there are no path resolvers."""


class _TolerantLoader(Composer, _Loader):  # type: ignore[misc]  # PyYAML's composer is untyped
    """A composer that takes an anchor defined twice, as YAML 1.2 (and Flux and Helm) do: the later one counts from there on."""

    def __init__(self, text: str) -> None:
        _Loader.__init__(self, text)
        Composer.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        event = self.peek_event()
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


def parse(text: str, file: str, words: re.Pattern[str] | None = None) -> Iterator[Document | InputError]:
    """Yield each document of a YAML stream, or what is wrong with it.

    text: the stream, without byte order mark. file: its path as shown to the user. words: documents in which
    this pattern is not found are left out unread. Empty documents are left out. A document that cannot be read
    yields an InputError in its place; the others are read all the same.
    """
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text) if match.start())]
    line = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        chunk = text[start:end] if len(starts) > 1 else text
        if words is None or words.search(chunk):
            document = _read(chunk, file, line)
            if document is not None:
                yield document
        line += chunk.count("\n")


def _read(chunk: str, file: str, line: int) -> Document | InputError | None:
    """Read one document whose first line is the file's `line` (0-based)."""
    try:
        if _may_be_deep(chunk):
            _check_depth(chunk, file, line)
        try:
            root = _Loader(chunk).get_single_node()
        except yaml.composer.ComposerError as error:
            if not str(error).startswith("found duplicate anchor"):
                raise
            root = _TolerantLoader(chunk).get_single_node()
        if root is None:
            return None
        converter = _Converter(file, line)
        converter.check_size(root)
        return Document(converter.convert(root, None, None, None), tuple(converter.problems))
    except InputError as error:
        return error
    except yaml.YAMLError as error:
        return _input_error(error, file, line)


def _input_error(error: yaml.YAMLError, file: str, line: int) -> InputError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML: {error.problem or error.context}"
        return InputError(file, message, line + mark.line + 1, mark.column + 1) if mark else InputError(file, message)
    return InputError(file, f"not valid YAML: {str(error).splitlines()[0]}", line + 1, 1)


def _may_be_deep(chunk: str) -> bool:
    return chunk.count("[") + chunk.count("{") > MAX_DEPTH or _DEEP_INDENT.search(chunk) is not None


def _check_depth(chunk: str, file: str, line: int) -> None:
    """Raise InputError at the first node nested too deep; the composers would recurse until the stack ends."""
    depth = 0
    parser = _Loader(chunk)
    while parser.check_event():
        event = parser.get_event()
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                mark = event.start_mark
                message = f"nested deeper than {MAX_DEPTH} levels: no manifest is"
                raise InputError(file, message, line + mark.line + 1, mark.column + 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Converter:
    """PyYAML nodes → Nodes of one document; an aliased node is converted once and shared."""

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line
        self.problems: list[InputError] = []
        self._done: dict[int, Node] = {}

    def check_size(self, root: yaml.Node) -> None:
        """Raise InputError where aliases multiply the document beyond MAX_NODES, or where one holds itself."""
        sizes: dict[int, int] = {}

        def size(node: yaml.Node) -> int:
            if isinstance(node, yaml.ScalarNode):
                return 1
            known = sizes.get(id(node))
            if known is None:
                sizes[id(node)] = -1
                parts = node.value if isinstance(node, yaml.SequenceNode) else (part for pair in node.value for part in pair)
                known = 1 + sum(map(size, parts))
                sizes[id(node)] = known
            if known == -1:
                raise self._error(node, "an alias that contains itself")
            if known > MAX_NODES:
                raise self._error(node, f"aliases that multiply to more than {MAX_NODES:,} values")
            return known

        size(root)

    def convert(self, source: yaml.Node, head: yaml.Node | None, parent: Node | None, name: str | int | None) -> Node:
        """Return the Node for `source`, which stands under the key `head` (or none) of `parent`."""
        place = self._span(head) if head is not None else None
        known = self._done.get(id(source))
        if known is not None:
            return Node(known.value, self.file, place or known.place, place, parent, name)
        node = Node(None, self.file, self._span(source), place, parent, name)
        if isinstance(source, yaml.ScalarNode):
            node.value = resolve(source.value) if source.tag == _PLAIN else source.value
        elif isinstance(source, yaml.SequenceNode):
            node.value = [self.convert(item, None, node, index) for index, item in enumerate(source.value)]
        else:
            node.value = self._mapping(source, node)
        self._done[id(source)] = node
        return node

    def _mapping(self, source: yaml.MappingNode, node: Node) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in source.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(self._error(key, "a key that is not a scalar; it is left out"))
            elif key.value == "<<" and key.tag == _PLAIN:
                for mapping in self._merges(value, node):
                    for name, child in mapping.map.items():
                        merged.setdefault(name, child)
            else:
                if key.value in own:
                    self.problems.append(self._error(key, f"the key {key.value!r} is given twice; Flux refuses that"))
                own[key.value] = self.convert(value, key, node, key.value)
        return {**merged, **own} if merged else own

    def _merges(self, value: yaml.Node, node: Node) -> Iterator[Node]:
        for mapping in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if isinstance(mapping, yaml.MappingNode):
                yield self.convert(mapping, None, node, "<<")
            else:
                self.problems.append(self._error(mapping, "a merge key takes a mapping or a list of mappings"))

    def _span(self, source: yaml.Node) -> tuple[int, int, int, int]:
        start, end = source.start_mark, source.end_mark
        return (start.line + self.line + 1, start.column + 1, end.line + self.line + 1, end.column + 1)

    def _error(self, source: yaml.Node, message: str) -> InputError:
        return InputError(self.file, message, source.start_mark.line + self.line + 1, source.start_mark.column + 1)
