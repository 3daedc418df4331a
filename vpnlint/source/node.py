"""Defines Node: a YAML value that knows the file, line, column and YAML path where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from vpnlint.errors import InputError

Scalar: TypeAlias = str | int | float | bool | None
Path: TypeAlias = tuple[str | int, ...]


# Node has a property called `list`, so its methods cannot name the type.
Nodes: TypeAlias = "list[Node]"


class Span(NamedTuple):
    """A place in a file: 1-based lines and columns, in characters.

    end_column is the one after the last character.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def error(self, message: str) -> InputError:
        """Return an error at the start of this place."""
        return InputError(self.file, message, self.line, self.column)


class Node:
    """A YAML value and its place in a file.

    `value` is a dict of Nodes, a list of Nodes, or a scalar. `span` is the value's place. `head` is the place
    of its key, which is what to underline for a whole mapping, or the value's place if it has no key. A Node
    that vpnlint derives (such as a Pod's field from a chart's values) has both from the Node it comes from.
    """

    __slots__ = ("_head", "file", "name", "parent", "place", "value")

    value: dict[str, Node] | list[Node] | Scalar

    def __init__(
        self,
        value: dict[str, Node] | list[Node] | Scalar,
        file: str,
        span: tuple[int, int, int, int],
        head: tuple[int, int, int, int] | None = None,
        parent: Node | None = None,
        name: str | int | None = None,
    ) -> None:
        """Make a Node of a value.

        span and head are the 1-based places of the value and its key (None: no key). name is the key or index
        in the parent.
        """
        self.value = value
        self.file = file
        self.place = span
        self._head = head
        self.parent = parent
        self.name = name

    @staticmethod
    def make(value: dict[str, Node] | list[Node] | Scalar, origin: Node) -> Node:
        """Return a Node with this value, at the place of `origin`."""
        return _DerivedNode(value, origin)

    @property
    def span(self) -> Span:
        """The place of the value itself."""
        return Span(self.file, *self.place)

    @property
    def head(self) -> Span:
        """The place of the value's key, or of the value if it has no key."""
        return Span(self.file, *(self._head or self.place))

    @property
    def keyed(self) -> bool:
        """Whether the value has a key."""
        return self._head is not None

    @property
    def path(self) -> Path:
        """The YAML path in the document: keys and 0-based indices."""
        steps: list[str | int] = []
        node: Node | None = self
        while node is not None and node.name is not None:
            steps.append(node.name)
            node = node.parent
        return tuple(reversed(steps))

    @property
    def map(self) -> dict[str, Node]:
        """The value if it is a mapping, else an empty mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def list(self) -> list[Node]:
        """The value if it is a list, else an empty list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str:
        """The value if it is a string, else the empty string."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def scalar_text(self) -> str:
        """A scalar as JSON writes it, unquoted (`true`, `8080`); empty for null, a mapping or a list."""
        value = self.value
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None or isinstance(value, (dict, list)) else str(value)

    def get(self, *path: str | int) -> Node | None:
        """Return the Node at a path of keys and indices below this one, or None."""
        node: Node = self
        for step in path:
            value = node.value
            # These are the hottest lines of a run, and comparing classes is faster than isinstance.
            if value.__class__ is dict:
                child = value.get(step)  # type: ignore[arg-type]  # a dict, as its class says
            elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
                child = value[step]
            else:
                return None
            if child is None:
                return None
            node = child
        return node

    def text_at(self, *path: str | int) -> str:
        """Return the string at a path, or the empty string if there is none."""
        node = self.get(*path)
        value = node.value if node is not None else ""
        return value if isinstance(value, str) else ""

    def scalar_at(self, *path: str | int) -> str:
        """Return the `scalar_text` at a path, or the empty string if nothing is there."""
        node = self.get(*path)
        return node.scalar_text if node is not None else ""

    def is_true(self, *path: str | int) -> bool:
        """Tell whether the boolean `true` is at a path; the string "true" is not."""
        node = self.get(*path)
        return node is not None and node.value is True

    def items(self, *path: str | int) -> Nodes:
        """Return the items of the list at a path, or an empty list."""
        node = self.get(*path)
        value = node.value if node is not None else []
        return value if isinstance(value, list) else []

    def fields(self, *path: str | int) -> dict[str, Node]:
        """Return the mapping at a path, or an empty one."""
        node = self.get(*path)
        return node.map if node is not None else {}

    def error(self, message: str) -> InputError:
        """Return an error at the place of the value."""
        return self.span.error(message)

    def get_key(self, name: str) -> Node:
        """Return the key `name` of this mapping as a string Node with the key's own place."""
        child = self.map[name]
        return Node(name, child.file, child._head or child.place, None, child.parent, child.name)

    def to_plain(self, *, nulls: bool = True) -> Any:  # noqa: ANN401  (a YAML value of any shape)
        """Return the value as plain dicts, lists and scalars.

        Without nulls, which is how the Kubernetes API stores an object, fields that are null are left out.
        """
        value = self.value
        if isinstance(value, dict):
            return {
                key: node.to_plain(nulls=nulls)
                for key, node in value.items()
                if nulls or node.value is not None
            }
        if isinstance(value, list):
            return [node.to_plain(nulls=nulls) for node in value]
        return value


class _DerivedNode(Node):
    """A Node that reads its place from another one when first asked for it."""

    __slots__ = ("_origin",)

    def __init__(self, value: dict[str, Node] | list[Node] | Scalar, origin: Node) -> None:
        self.value = value
        self.file = origin.file
        self.parent = origin.parent
        self.name = origin.name
        self._origin = origin

    if not TYPE_CHECKING:  # a checker would take every attribute for defined

        def __getattr__(self, name: str) -> object:
            """Fill in an empty slot of Node."""
            if name not in ("place", "_head"):
                raise AttributeError(name)
            setattr(self, name, getattr(self._origin, name))
            return getattr(self, name)


def list_files(node: Node) -> set[str]:
    """Return the files that a Node's values come from."""
    files: set[str] = set()
    stack = [node]
    while stack:
        here = stack.pop()
        files.add(here.file)
        stack += (*here.map.values(), *here.list)
    return files


def list_words(node: Node) -> Iterator[str]:
    """Yield the keys and strings of a Node that may name an image: no path, no URL and no sentence."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield from here.map
        text = here.text
        if text and not text.startswith("/") and "://" not in text and len(text.split()) == 1:
            yield text
        stack += (*here.map.values(), *here.list)
