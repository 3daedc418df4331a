"""Nodes: YAML values that know the file, line, column and YAML path they were written at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from vpnlint.errors import InputError

Scalar: TypeAlias = str | int | float | bool | None
Path: TypeAlias = tuple[str | int, ...]


# `list` is a property of Node's, so its methods cannot name the type.
Nodes: TypeAlias = "list[Node]"


class Span(NamedTuple):
    """A place in a file: 1-based lines and columns, in characters.

    The end is the column after the last one.
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
    """A YAML value and where it stands.

    `value` is a dict of Nodes, a list of Nodes, or a scalar. `span` is the value's own place; `head` is the
    place of the key it stands under (the value's own where there is none): what to underline for a whole
    mapping. A Node that vpnlint makes itself (a Pod's field derived from values) takes both from the Node it
    came from.
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
        """Take a value, its file, its 1-based place and its key's, its parent and its name there."""
        self.value = value
        self.file = file
        self.place = span
        self._head = head
        self.parent = parent
        self.name = name

    @staticmethod
    def make(value: dict[str, Node] | list[Node] | Scalar, origin: Node) -> Node:
        """Return a Node with this value that points at the place of `origin`."""
        return _DerivedNode(value, origin)

    @property
    def span(self) -> Span:
        """The place of the value itself."""
        return Span(self.file, *self.place)

    @property
    def head(self) -> Span:
        """The place of the key that the value stands under; of the value where it has no key."""
        return Span(self.file, *(self._head or self.place))

    @property
    def keyed(self) -> bool:
        """Whether the value stands under a key of its own."""
        return self._head is not None

    @property
    def path(self) -> Path:
        """The YAML path in the document: keys and 0-based list indices."""
        steps: list[str | int] = []
        node: Node | None = self
        while node is not None and node.name is not None:
            steps.append(node.name)
            node = node.parent
        return tuple(reversed(steps))

    @property
    def map(self) -> dict[str, Node]:
        """The value if it is a mapping, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def list(self) -> list[Node]:
        """The value if it is a sequence, else an empty one."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str:
        """The value if it is a string, else the empty string."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def scalar_text(self) -> str:
        """A scalar as JSON writes it, without quotes (`true`, `8080`); empty for null, mappings and lists."""
        value = self.value
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None or isinstance(value, (dict, list)) else str(value)

    def get(self, *path: str | int) -> Node | None:
        """Return the Node below this one at these keys and indices, or None where there is none."""
        node: Node = self
        for step in path:
            value = node.value
            # The hottest lines of a run: exact classes are compared faster than isinstance does.
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
        """Return the string at a path; empty where there is none, or something else."""
        node = self.get(*path)
        return node.text if node is not None else ""

    def scalar_at(self, *path: str | int) -> str:
        """Return the `scalar_text` at a path, empty where nothing is there."""
        node = self.get(*path)
        return node.scalar_text if node is not None else ""

    def is_true(self, *path: str | int) -> bool:
        """Tell whether the boolean `true` is at a path; the string "true" is not."""
        node = self.get(*path)
        return node is not None and node.value is True

    def items(self, *path: str | int) -> Nodes:
        """Return the items of the list at a path, none where there is no list."""
        node = self.get(*path)
        return node.list if node is not None else []

    def fields(self, *path: str | int) -> dict[str, Node]:
        """Return the mapping at a path, an empty one where there is none."""
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

        Without nulls as the Kubernetes API keeps it.
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
    """A Node that takes its place from another one, once somebody asks for it."""

    __slots__ = ("_origin",)

    def __init__(self, value: dict[str, Node] | list[Node] | Scalar, origin: Node) -> None:
        self.value = value
        self.file = origin.file
        self.parent = origin.parent
        self.name = origin.name
        self._origin = origin

    if not TYPE_CHECKING:  # a checker would take every attribute for defined

        def __getattr__(self, name: str) -> object:
            """Fill in a slot of Node's that is still empty."""
            if name not in ("place", "_head"):
                raise AttributeError(name)
            setattr(self, name, getattr(self._origin, name))
            return getattr(self, name)
