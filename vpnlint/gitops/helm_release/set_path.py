"""Helm's `--set path=value` and a HelmRelease's targetPath.

Source: helm.sh/helm/v4 4.2.2, pkg/strvals/parser.go.

The value is part of the expression: a comma in it begins the next path, `{a,b}` is a list.
"""

from __future__ import annotations

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node, Scalar

_MAX_INDEX = 65536
# Of one expression, together: Helm fills a list with nulls up to each index.
_MAX_FILL = 2_000
_MAX_LISTS = 30
_MAX_LEVELS = 30
_INTEGER = defer_pattern(r"[+-]?[0-9]{1,18}")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "0": 0}


def set_path(values: Node, expression: str, origin: Node, *, strings: bool = False) -> None:
    """Apply `path=value[,path=value…]` to a mapping of made Nodes, in place.

    strings: whether every value stays a string. New Nodes get the place of origin. Raises ValueError where
    Helm refuses the expression; the part before that is applied.
    """
    setter = _Setter(expression, origin, strings)
    while setter.read_key(values, 0):
        pass


class _Setter:
    """One pass over an expression; methods return False at its end."""

    def __init__(self, expression: str, origin: Node, strings: bool) -> None:
        self._text = expression
        self._at = 0
        self._origin = origin
        self._strings = strings
        self._filled = 0

    def read_key(self, target: Node, level: int) -> bool:
        """Read one path and its value into a mapping."""
        data = target.value
        if not isinstance(data, dict):
            raise self._make_mismatch("mapping")
        name, stop = self._read_until("=[,.")
        if not stop:
            if name:
                raise ValueError(f"key {name!r} has no value")
            return False
        if stop == "[":
            index = self._read_index()
            if index is None:
                return False
            items = data.get(name) or self._make_node([])
            more, items = self._read_item(items, index, level)
            self._set_field(data, name, items)
            return more
        if stop == "=":
            more, value = self._read_value()
            self._set_field(data, name, value)
            return more
        if stop == ",":
            raise ValueError(f"key {name!r} has no value (it cannot end with a comma)")
        if level >= _MAX_LEVELS:
            raise ValueError(f"a path of more than {_MAX_LEVELS} levels")
        inner = data.get(name) or self._make_node({})
        more = self.read_key(inner, level + 1)
        if inner.map:
            self._set_field(data, name, inner)
        elif more:
            raise ValueError(f"key {name!r} has no value")
        return more

    def _read_item(self, items: Node, index: int, level: int, lists: int = 0) -> tuple[bool, Node]:
        """Read the rest of a path after an index, and return the list with the new item."""
        if lists > _MAX_LISTS:
            raise ValueError(f"lists in lists, more than {_MAX_LISTS} deep")
        if not isinstance(items.value, list):
            raise self._make_mismatch("list")
        name, stop = self._read_until("[.=")
        if name:
            raise ValueError(f"unexpected {name!r} after an index")
        there = items.get(index)
        if stop == "=":
            return True, self._put_item(items, index, self._read_value()[1])
        if stop == "[":
            below = self._read_index()
            if below is None:
                return False, items
            nested = there if there is not None and there.value is not None else self._make_node([])
            more, value = self._read_item(nested, below, level, lists + 1)
            return more, self._put_item(items, index, value) if more else items
        if not stop:
            return False, items
        inner = there if there is not None and isinstance(there.value, dict) else self._make_node({})
        if there is not None:
            items = self._put_item(items, index, inner)
        if not self.read_key(inner, level):
            # Helm drops an item that begins with an empty value.
            return False, items
        return True, self._put_item(items, index, inner)

    def _put_item(self, items: Node, index: int, value: Node) -> Node:
        if index > _MAX_INDEX:
            raise ValueError(f"the index {index} is greater than {_MAX_INDEX}")
        if index < len(items.list):
            items.list[index] = value
            return items
        self._filled += index - len(items.list)
        if self._filled > _MAX_FILL:
            raise ValueError(f"the index {index} is far beyond the end of its list")
        fill = [self._make_node(None)] * (index - len(items.list))
        return Node.make([*items.list, *fill, value], items)

    def _read_index(self) -> int | None:
        """Read an index; None if the expression ends within it, which Helm silently accepts."""
        text, stop = self._read_until("]")
        if not stop:
            return None
        if not _INTEGER.fullmatch(text) or int(text) < 0:
            raise ValueError(f"{text!r} is not an index")
        return int(text)

    def _read_value(self) -> tuple[bool, Node]:
        """Read a value up to the next comma."""
        if self._at == len(self._text):
            return False, self._make_node("")
        if self._text[self._at] != "{":
            return True, self._make_typed(self._read_until(",")[0])
        self._at += 1
        items: list[Node] = []
        while True:
            text, stop = self._read_until(",}")
            if not stop:
                raise ValueError("a list must end with '}'")
            items.append(self._make_typed(text))
            if stop == "}":
                self._at += self._text.startswith(",", self._at)
                return True, self._make_node(items)

    def _read_until(self, stops: str) -> tuple[str, str]:
        """Return the text before one of the characters in `stops`, and that character, empty at the end."""
        read: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character in stops:
                return "".join(read), character
            if character == "\\":
                character = self._text[self._at : self._at + 1]
                self._at += 1
            read.append(character)
        return "".join(read), ""

    def _make_typed(self, text: str) -> Node:
        if not self._strings:
            if text.lower() in _WORDS:
                return self._make_node(_WORDS[text.lower()])
            if text[:1] != "0" and _INTEGER.fullmatch(text):
                return self._make_node(int(text))
        return self._make_node(text)

    def _make_mismatch(self, wanted: str) -> ValueError:
        return ValueError(f"{self._text.split('=')[0]} leads through something that is not a {wanted}")

    def _make_node(self, value: dict[str, Node] | list[Node] | Scalar) -> Node:
        return Node.make(value, self._origin)

    def _set_field(self, data: dict[str, Node], name: str, value: Node) -> None:
        if name:
            data[name] = value
