"""Defines SourceNode: a Node that reads its value and place from a document when first asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.nodes import ScalarNode

from vpnlint.source.node import Node

if TYPE_CHECKING:
    from vpnlint.source.source_text import SourceText


_SLOT = Node.__dict__["value"]


def _find_value(node: Node) -> Any:  # noqa: ANN401  (YAML)
    """Return a Node's value if it was read before, else None."""
    try:
        return _SLOT.__get__(node)
    except AttributeError:
        return None


class SourceNode(Node):
    """A Node as it was written in a file.

    Nothing ever looks at most Nodes of a repository, so each reads its value and place only when asked.
    """

    __slots__ = ("_key", "_source", "_text")

    def __init__(
        self,
        text: SourceText,
        source: yaml.Node,
        key: yaml.Node | None = None,
        parent: Node | None = None,
        name: str | int | None = None,
    ) -> None:
        """Make a Node of PyYAML's node `source`, and of its key's (None: it has no key), in a document."""
        self._text = text
        self._source = source
        self._key = key
        self.file = text.file
        self.parent = parent
        self.name = name

    @property
    def source(self) -> yaml.Node:
        """PyYAML's node."""
        return self._source

    @property
    def may_vary(self) -> bool:
        """Whether the Node's document holds a `$` anywhere, and so may hold a variable."""
        return self._text.varies

    @property
    def margin(self) -> int | None:
        """The indent of a block scalar's lines, or None for any other value.

        The scalar's first line is the one after the Node's own.
        """
        source = self._source
        if not isinstance(source, ScalarNode) or source.style not in ("|", ">"):
            return None
        lines = self._text.text[source.start_mark.index : source.end_mark.index].split("\n")[1:]
        return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)

    def peek_text(self, *path: str) -> str:
        """Return the string at a path as `text_at` does, without making Nodes of what lies on the way."""
        if self._text.merges:
            return self.text_at(*path)
        return self._text.peek_text(self._source, path)

    def forget(self) -> None:
        """Forget what was read of the value; it is read again when asked for.

        Children know their parents, so a document that was read would stay in memory until garbage is looked
        for, which takes longer than reading it.
        """
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            value = _find_value(node)
            if value.__class__ is dict:
                waiting += value.values()
            elif value.__class__ is list:
                waiting += value
            else:
                continue
            del node.value

    if not TYPE_CHECKING:  # a checker would take every attribute for defined

        def __getattr__(self, name: str) -> object:
            """Fill in an empty slot of Node."""
            if name == "value":
                self.value = self._text.read_value(self, self._source)
            elif name == "place":
                self.place = self._text.find_span(self._source)
            elif name == "_head":
                self._head = None if self._key is None else self._text.find_span(self._key)
            else:
                raise AttributeError(name)
            return getattr(self, name)
