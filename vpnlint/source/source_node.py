"""Nodes as they stand in a file: values and places are read when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.nodes import ScalarNode

from vpnlint.source.node import Node

if TYPE_CHECKING:
    from vpnlint.source.source_text import SourceText


class SourceNode(Node):
    """A Node as it stands in a file.

    Most Nodes of a repository are never looked at, so a value or a place is read only when it is asked for.
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
        """How far the lines of a block scalar are indented; None for any other value.

        Its first line is the one after the Node's own.
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
