"""PyYAML's nodes → Nodes that know where in their file they stand."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from vpnlint.errors import InputError
from vpnlint.source.compose import BREAK, PLAIN, is_merge
from vpnlint.source.node import Node, Scalar

# What may stand between the end of a node and an alias that follows it; possessive, so that a long comment is
# read once.
_ALIAS = re.compile(r"(?:[\s,\[{?:-]|#[^\r\n\x85\u2028\u2029]*+)*+(?P<alias>\*[^\s,\[\]{}]+)")
_BINARY = "tag:yaml.org,2002:binary"
_TYPES: dict[str, tuple[type, ...]] = {
    "tag:yaml.org,2002:bool": (bool,),
    "tag:yaml.org,2002:float": (float, int),
    "tag:yaml.org,2002:int": (int,),
    "tag:yaml.org,2002:null": (type(None),),
}
_SHOWN = 40
_Place: TypeAlias = tuple[int, int, int, int]


class Written(Node):
    """A Node as it stands in a file.

    Most are never looked at, so value and places are worked out when asked for.
    """

    __slots__ = ("_key", "_source", "_text")

    def __init__(
        self,
        text: Text,
        source: yaml.Node,
        key: yaml.Node | None = None,
        parent: Node | None = None,
        name: str | int | None = None,
    ) -> None:
        """Take the Node's text, its source, its key's source (None: it has none), its parent and name."""
        self._text = text
        self._source = source
        self._key = key
        self.file = text.file
        self.parent = parent
        self.name = name

    @property
    def may_vary(self) -> bool:
        """Tell whether the Node's document holds a `$` anywhere, so that a variable may be in it."""
        return self._text.varies

    @property
    def margin(self) -> int | None:
        """How far the lines of a block scalar are indented; None for all else.

        They start in the line after this one.
        """
        source = self._source
        if not isinstance(source, ScalarNode) or source.style not in ("|", ">"):
            return None
        lines = self._text.text[source.start_mark.index : source.end_mark.index].split("\n")[1:]
        return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)

    if not TYPE_CHECKING:  # a checker would take every attribute for defined

        def __getattr__(self, name: str) -> object:
            """Fill in a slot of Node's that is still empty."""
            if name == "value":
                self.value = self._text.value(self, self._source)
            elif name == "place":
                self.place = self._text.span(self._source)
            elif name == "_head":
                self._head = None if self._key is None else self._text.span(self._key)
            else:
                raise AttributeError(name)
            return getattr(self, name)


class Text:
    """What the Nodes of one document share: its text, its place in the file, and how scalars are read."""

    def __init__(
        self, text: str, file: str, line: int, resolve: Callable[[str], Scalar], column: int = 0
    ) -> None:
        """Take the text, its file, the 0-based line and column of its start, and how plain scalars are read."""
        self.text = text
        self.file = file
        self._line = line + 1
        self._column = column + 1
        self.varies = "$" in text
        self._resolve = resolve
        self._starts: list[int] = []
        self._merging = "<<" in text
        self._merged: dict[int, dict[str, tuple[ScalarNode, yaml.Node]]] = {}
        self._aliases_after: dict[int, re.Match[str] | None] = {}

    def value(self, node: Node, source: yaml.Node) -> dict[str, Node] | list[Node] | Scalar:
        """Return what `source` holds: a scalar, or the children of `node`."""
        if isinstance(source, ScalarNode):
            return self._scalar(source)
        if isinstance(source, SequenceNode):
            items = enumerate(zip(source.value, self._aliases(source), strict=True))
            return [self._child(item, alias, None, node, index) for index, (item, alias) in items]
        if not isinstance(source, MappingNode):
            return None
        return {
            name: self._child(value, self._alias(value, key.end_mark.index), key, node, name)
            for name, (key, value) in self._pairs(source).items()
        }

    def span(self, source: yaml.Node) -> _Place:
        """Return the 1-based line, column, end line and end column of `source`.

        A block ends with its last value.
        """
        start = source.start_mark
        return (start.line + self._line, start.column + self._column, *self._end(source))

    def _end(self, source: yaml.Node) -> tuple[int, int]:
        while isinstance(source, CollectionNode) and not source.flow_style and source.value:
            if isinstance(source, SequenceNode):
                *_, alias = self._aliases(source)
                source = source.value[-1]
            else:
                key, source = source.value[-1]
                alias = self._alias(source, key.end_mark.index)
            if alias is not None:
                return self._position(alias.end())
        mark = source.end_mark
        if isinstance(source, ScalarNode) and source.style in ("|", ">"):
            # The mark stands after the line breaks that end a block.
            start = source.start_mark.index
            return self._position(start + len(self.text[start : mark.index].rstrip()))
        return mark.line + self._line, mark.column + self._column

    def _position(self, index: int) -> tuple[int, int]:
        if not self._starts:
            self._starts = [0, *(match.end() for match in BREAK.finditer(self.text))]
        row = bisect_right(self._starts, index) - 1
        return row + self._line, index - self._starts[row] + self._column

    def _child(
        self,
        source: yaml.Node,
        alias: re.Match[str] | None,
        key: yaml.Node | None,
        node: Node,
        name: str | int,
    ) -> Node:
        child = Written(self, source, key, node, name)
        if alias is not None:
            child.place = (*self._position(alias.start("alias")), *self._position(alias.end()))
        elif source.__class__ is ScalarNode:
            child.value = self._scalar(source)
        return child

    def _pairs(self, source: MappingNode) -> dict[str, tuple[ScalarNode, yaml.Node]]:
        """Return the keys of a mapping with their values.

        Its own win over merged ones, and of these the first.
        """
        if self._merging and id(source) in self._merged:
            return self._merged[id(source)]
        if self._merging:
            # While it is read, a mapping that merges itself adds nothing.
            self._merged[id(source)] = {}
        own: dict[str, tuple[ScalarNode, yaml.Node]] = {}
        merged: dict[str, tuple[ScalarNode, yaml.Node]] = {}
        for key, value in source.value:
            if key.__class__ is not ScalarNode:
                continue
            if is_merge(key):
                for mapping in several(value):
                    if isinstance(mapping, MappingNode):
                        merged = {**self._pairs(mapping), **merged}
                continue
            name = key.value
            if key.tag == PLAIN:
                name = _key_text(self._resolve(name))
            if name is not None:
                own[name] = key, value
        pairs = {**merged, **own} if merged else own
        if self._merging:
            self._merged[id(source)] = pairs
        return pairs

    def mismatch(self, source: ScalarNode) -> str:
        """Return why a scalar is not what its tag says or JSON can hold; empty where it is."""
        if source.tag == PLAIN:
            return "" if _finite(self._resolve(source.value)) else f"{source.value} has no form in JSON"
        if source.tag == _BINARY and _binary(source.value) is None:
            return "this is not base64, which !!binary asks for"
        value = self._resolve(source.value)
        if source.tag in _TYPES and (type(value) not in _TYPES[source.tag] or not _finite(value)):
            kind = source.tag.rsplit(":", 1)[-1]
            return f"{source.value[:_SHOWN]!r} is no !!{kind}"
        return ""

    def _scalar(self, source: ScalarNode) -> Scalar:
        text: str = source.value
        if source.tag == PLAIN:
            return self._resolve(text)
        if source.tag == _BINARY:
            decoded = _binary(text)
            return text if decoded is None else decoded
        if source.tag in _TYPES and not self.mismatch(source):
            return self._resolve(text)
        return text

    def _aliases(self, source: SequenceNode) -> Iterator[re.Match[str] | None]:
        """Yield for each item of a list where it is an alias: what an alias stands for begins before it."""
        end = source.start_mark.index
        for item in source.value:
            alias = self._alias(item, end)
            end = alias.end() if alias is not None else item.end_mark.index
            yield alias

    def _alias(self, source: yaml.Node, after: int) -> re.Match[str] | None:
        if source.start_mark.index >= after:
            return None
        # A key that is an alias ends where its anchor does, so that many keys may ask about one place.
        if after not in self._aliases_after:
            self._aliases_after[after] = _ALIAS.match(self.text, after)
        return self._aliases_after[after]

    def error(self, source: yaml.Node, message: str) -> InputError:
        """Return an error at the place of `source`."""
        mark = source.start_mark
        return InputError(self.file, message, mark.line + self._line, mark.column + self._column)


def several(source: yaml.Node) -> list[yaml.Node]:
    """Return what a merge key merges."""
    items: list[yaml.Node] = source.value if isinstance(source, SequenceNode) else [source]
    return items


def _key_text(value: Scalar) -> str | None:
    """Return a plain key as JSON knows it; None where it is null, which JSON does not know."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _finite(value: Scalar) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _binary(text: str) -> str | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode(errors="replace")
    except binascii.Error:
        return None
