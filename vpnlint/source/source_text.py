"""PyYAML's nodes of one document → the values and places of its Nodes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TypeAlias

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from vpnlint.errors import InputError
from vpnlint.source.compose import BREAK, PLAIN, is_merge_key
from vpnlint.source.node import Node, Scalar
from vpnlint.source.source_node import SourceNode
from vpnlint.source.tagged_scalars import explain_mismatch, read_key, read_scalar

# What may stand between the end of a node and an alias that follows it; possessive, so that a long comment is
# read once.
_ALIAS = re.compile(r"(?:[\s,\[{?:-]|#[^\r\n\x85\u2028\u2029]*+)*+(?P<alias>\*[^\s,\[\]{}]+)")
_Place: TypeAlias = tuple[int, int, int, int]


class SourceText:
    """What the Nodes of one document share: its text, its place in its file, and what plain scalars mean."""

    def __init__(
        self, text: str, file: str, line: int, resolve: Callable[[str], Scalar], column: int = 0
    ) -> None:
        """Take the text, its file, the 0-based line and column of its start, and what plain scalars mean."""
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
            return read_scalar(source, self._resolve)
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
        child = SourceNode(self, source, key, node, name)
        if alias is not None:
            child.place = (*self._position(alias.start("alias")), *self._position(alias.end()))
        elif source.__class__ is ScalarNode:
            child.value = read_scalar(source, self._resolve)
        return child

    def _pairs(self, source: MappingNode) -> dict[str, tuple[ScalarNode, yaml.Node]]:
        """Return the keys of a mapping with their values.

        The mapping's own keys win over merged ones, and the first merge over later ones.
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
            if is_merge_key(key):
                for mapping in list_merged(value):
                    if isinstance(mapping, MappingNode):
                        merged = {**self._pairs(mapping), **merged}
                continue
            name = key.value
            if key.tag == PLAIN:
                name = read_key(name, self._resolve)
            if name is not None:
                own[name] = key, value
        pairs = {**merged, **own} if merged else own
        if self._merging:
            self._merged[id(source)] = pairs
        return pairs

    def mismatch(self, source: ScalarNode) -> str:
        """Return why a scalar is not what its tag says, or cannot be JSON; empty where it is."""
        return explain_mismatch(source, self._resolve)

    def _aliases(self, source: SequenceNode) -> Iterator[re.Match[str] | None]:
        """Yield for each item of a list its alias, or None: what an alias stands for begins before it."""
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


def list_merged(source: yaml.Node) -> list[yaml.Node]:
    """Return the values that a merge key merges."""
    items: list[yaml.Node] = source.value if isinstance(source, SequenceNode) else [source]
    return items
