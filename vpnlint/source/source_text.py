"""Reads the values and places of a document's Nodes from PyYAML's node tree."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from vpnlint.errors import InputError
from vpnlint.source.compose import BREAK, PLAIN, is_merge_key
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node, Scalar
from vpnlint.source.source_node import SourceNode
from vpnlint.source.tagged_scalars import explain_mismatch, read_key, read_scalar

# Matches from the end of a node to an alias that follows it; possessive, so that a long comment is read once.
_ALIAS = defer_pattern(r"(?:[\s,\[{?:-]|#[^\r\n\x85\u2028\u2029]*+)*+(?P<alias>\*[^\s,\[\]{}]+)")
_Place: TypeAlias = tuple[int, int, int, int]


class SourceText:
    """The data that all Nodes of a document share: its text, place in the file, and meaning of scalars."""

    def __init__(
        self, text: str, file: str, line: int, resolve: Callable[[str], Scalar], column: int = 0
    ) -> None:
        """Share a document's text, which starts at this 0-based line and column of the file.

        resolve: returns the value of a plain scalar.
        """
        self.text = text
        self.file = file
        self._line = line + 1
        self._column = column + 1
        self.varies = "$" in text
        self._resolve = resolve
        self._starts: list[int] = []
        self.merges = "<<" in text
        # Nearly no document has either, and looking for them takes as long as all the rest.
        self._is_plain = not self.merges and "*" not in text
        self._merged: dict[int, dict[str, tuple[ScalarNode, yaml.Node]]] = {}
        self._aliases_after: dict[int, re.Match[str] | None] = {}

    def read_value(self, node: Node, source: yaml.Node) -> dict[str, Node] | list[Node] | Scalar:
        """Return the value of `node`, which stands for `source`: a scalar, or its children."""
        if isinstance(source, ScalarNode):
            return read_scalar(source, self._resolve)
        if self._is_plain and isinstance(source, CollectionNode):
            return self._read_plain_collection(node, source)
        if isinstance(source, SequenceNode):
            items = enumerate(zip(source.value, self._list_aliases(source), strict=True))
            return [self._make_child(item, alias, None, node, index) for index, (item, alias) in items]
        if not isinstance(source, MappingNode):
            return None
        return {
            name: self._make_child(value, self._find_alias(value, key.end_mark.index), key, node, name)
            for name, (key, value) in self._list_pairs(source).items()
        }

    def _read_plain_collection(self, node: Node, source: CollectionNode) -> dict[str, Node] | list[Node]:
        """Return the children of `node` in a document without aliases and merge keys."""
        resolve = self._resolve
        if isinstance(source, SequenceNode):
            items: list[Node] = [
                SourceNode(self, item, None, node, index) for index, item in enumerate(source.value)
            ]
            return items
        children: dict[str, Node] = {}
        for key, value in source.value:
            if key.__class__ is not ScalarNode:
                continue
            name = read_key(key.value, resolve) if key.tag == PLAIN else key.value
            if name is not None:
                children[name] = child = SourceNode(self, value, key, node, name)
                if value.__class__ is ScalarNode:
                    plain = value.tag == PLAIN
                    child.value = resolve(value.value) if plain else read_scalar(value, resolve)
        return children

    def peek_text(self, source: yaml.Node, path: Sequence[str]) -> str:
        """Return the string below `source` at a path, in a document without merge keys; empty without any."""
        for step in path:
            if source.__class__ is not MappingNode:
                return ""
            values = [
                value for key, value in source.value if key.value == step and key.__class__ is ScalarNode
            ]
            if not values:
                return ""
            source = values[-1]
        value = read_scalar(source, self._resolve) if isinstance(source, ScalarNode) else None
        return value if isinstance(value, str) else ""

    def find_span(self, source: yaml.Node) -> _Place:
        """Return the 1-based line, column, end line and end column of `source`.

        A block ends with its last value.
        """
        start = source.start_mark
        return (start.line + self._line, start.column + self._column, *self._find_end(source))

    def _find_end(self, source: yaml.Node) -> tuple[int, int]:
        while isinstance(source, CollectionNode) and not source.flow_style and source.value:
            if isinstance(source, SequenceNode):
                *_, alias = self._list_aliases(source)
                source = source.value[-1]
            else:
                key, source = source.value[-1]
                alias = self._find_alias(source, key.end_mark.index)
            if alias is not None:
                return self._find_position(alias.end())
        mark = source.end_mark
        if isinstance(source, ScalarNode) and source.style in ("|", ">"):
            # PyYAML's mark is behind the line breaks that end a block.
            start = source.start_mark.index
            return self._find_position(start + len(self.text[start : mark.index].rstrip()))
        return mark.line + self._line, mark.column + self._column

    def _find_position(self, index: int) -> tuple[int, int]:
        if not self._starts:
            self._starts = [0, *(match.end() for match in BREAK.finditer(self.text))]
        row = bisect_right(self._starts, index) - 1
        return row + self._line, index - self._starts[row] + self._column

    def _make_child(
        self,
        source: yaml.Node,
        alias: re.Match[str] | None,
        key: yaml.Node | None,
        node: Node,
        name: str | int,
    ) -> Node:
        child = SourceNode(self, source, key, node, name)
        if alias is not None:
            child.place = (*self._find_position(alias.start("alias")), *self._find_position(alias.end()))
        elif source.__class__ is ScalarNode:
            child.value = read_scalar(source, self._resolve)
        return child

    def _list_pairs(self, source: MappingNode) -> dict[str, tuple[ScalarNode, yaml.Node]]:
        """Return the keys of a mapping with their values.

        The mapping's own keys win over merged ones, and the first merge over later ones.
        """
        if self.merges and id(source) in self._merged:
            return self._merged[id(source)]
        if self.merges:
            # A mapping that merges itself adds nothing.
            self._merged[id(source)] = {}
        own: dict[str, tuple[ScalarNode, yaml.Node]] = {}
        merged: dict[str, tuple[ScalarNode, yaml.Node]] = {}
        for key, value in source.value:
            if key.__class__ is not ScalarNode:
                continue
            if is_merge_key(key):
                for mapping in list_merged(value):
                    if isinstance(mapping, MappingNode):
                        merged = {**self._list_pairs(mapping), **merged}
                continue
            name = key.value
            if key.tag == PLAIN:
                name = read_key(name, self._resolve)
            if name is not None:
                own[name] = key, value
        pairs = {**merged, **own} if merged else own
        if self.merges:
            self._merged[id(source)] = pairs
        return pairs

    def explain_scalar_mismatch(self, source: ScalarNode) -> str:
        """Return why a scalar does not match its tag or is not valid in JSON; empty if it is fine."""
        return explain_mismatch(source, self._resolve)

    def _list_aliases(self, source: SequenceNode) -> Iterator[re.Match[str] | None]:
        """Yield the alias of each item of a list, or None: the anchor of an alias is before it."""
        end = source.start_mark.index
        for item in source.value:
            alias = self._find_alias(item, end)
            end = alias.end() if alias is not None else item.end_mark.index
            yield alias

    def _find_alias(self, source: yaml.Node, after: int) -> re.Match[str] | None:
        if source.start_mark.index >= after:
            return None
        # A key that is an alias ends where its anchor does, so many keys may ask about the same place.
        if after not in self._aliases_after:
            self._aliases_after[after] = _ALIAS.match(self.text, after)
        return self._aliases_after[after]

    def find_line(self, source: yaml.Node) -> int:
        """Return the 1-based line of `source` in its file."""
        line: int = source.start_mark.line + self._line
        return line

    def error(self, source: yaml.Node, message: str) -> InputError:
        """Return an error at the place of `source`."""
        mark = source.start_mark
        return InputError(self.file, message, mark.line + self._line, mark.column + self._column)


def list_merged(source: yaml.Node) -> list[yaml.Node]:
    """Return the values that a merge key merges."""
    items: list[yaml.Node] = source.value if isinstance(source, SequenceNode) else [source]
    return items
