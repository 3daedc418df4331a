"""Finds where the fields of a rendered object come from, by their texts.

A field comes from the release's value with the same text, else from the template's line that has the text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.document import TextNode
from vpnlint.source.node import Node, Path
from vpnlint.source.scalars import format_helm_scalar

# A shorter text may as well be a chart's default; a text of this length or more is the user's.
_TELLING = 4
# A line of a template with a key and a plain scalar, without any action.
_LITERAL = defer_pattern(
    r"(?P<lead>[ -]*)(?P<key>[\w.-]+): +([\"']?)(?P<text>[^\"'#{}\s](?:[^\"'#{}\n]*[^\"'#{}\s])?)\3"
    r"(?: +#[^{}\n]*| *)\r?"
)
_IMAGE_KEY = defer_pattern(r"\bimage:")
_IMAGE = defer_pattern(r"(?P<name>[^@]+?)(?::(?P<tag>[^:@/]+))?(?:@(?P<digest>\S+))?")


class _Leaf(NamedTuple):
    path: Path
    node: Node
    names: frozenset[str]


class _Line(NamedTuple):
    place: tuple[int, int, int, int]
    begins_item: bool


class Origins:
    """Looks the scalars of a release's values up by their texts."""

    def __init__(self, values: Node, source: Node) -> None:
        """Index the values. source: a release or whole template, the place of a field without an origin."""
        self._values = values
        self._source = source
        self._lines = _read_lines(source) if isinstance(source, TextNode) else {}
        self._leaves: dict[str, list[_Leaf]] = {}
        self._collect_leaves(values, (), frozenset())

    def place_object(self, root: Node) -> Node:
        """Return a rendered object with every Node at its origin.

        A scalar is placed at the only value with its text, and a list or mapping at the part of the values
        that holds the origins of everything in it.
        """
        return self._place_node(root, frozenset())[0]

    def _collect_leaves(self, node: Node, path: Path, names: frozenset[str]) -> None:
        value = node.value
        if isinstance(value, dict):
            own = _read_item_names(node)
            for key, child in value.items():
                self._collect_leaves(child, (*path, key), frozenset((key, *own)))
        elif isinstance(value, list):
            for index, child in enumerate(value):
                self._collect_leaves(child, (*path, index), names)
        else:
            self._leaves.setdefault(format_helm_scalar(value), []).append(_Leaf(path, node, names))

    def _place_node(self, node: Node, names: frozenset[str]) -> tuple[Node, Path | None]:
        """Return a rendered Node at its origin, and the origin's path in the values."""
        value = node.value
        if isinstance(value, dict):
            own = _read_item_names(node)
            below = {key: self._place_node(child, frozenset((key, *own))) for key, child in value.items()}
            path = _find_common_path([path for _, path in below.values()])
            children = {key: child for key, (child, _) in below.items()}
            place = self._find_container(children)
            if place is None:
                place = self._find_place(path, children.values())
            elif children["name"].place == self._source.place or not _is_named_by(below["name"][1]):
                children["name"] = Node.make(children["name"].value, place)
            return Node.make(children, place), path
        if isinstance(value, list):
            items = [self._place_node(child, names) for child in value]
            path = _find_common_path([path for _, path in items])
            nodes = [child for child, _ in items]
            return Node.make(nodes, self._find_place(path, nodes)), path
        leaf = self._find_leaf(format_helm_scalar(value), names)
        line = self._find_line(format_helm_scalar(value), names) if leaf is None else self._source
        # An image that the template spells out owes nothing to a value that is a part of it.
        if line is self._source and leaf is None and "image" in names and isinstance(value, str):
            leaf = self._find_image_leaf(value)
        if leaf is None:
            return Node.make(value, line), None
        return Node.make(value, leaf.node), leaf.path

    def _find_leaf(self, text: str, names: frozenset[str]) -> _Leaf | None:
        """Return the only value with this text, or the only one of several with the same key or item name."""
        leaves = self._leaves.get(text, [])
        best = max((len(leaf.names & names) for leaf in leaves), default=0)
        if not best and len(text) < _TELLING:
            return None
        fitting = [leaf for leaf in leaves if len(leaf.names & names) == best]
        return fitting[0] if len(fitting) == 1 else None

    def _find_image_leaf(self, image: str) -> _Leaf | None:
        """Return the value that holds an image's digest, tag or name, in this order."""
        match = _IMAGE.fullmatch(image)
        if match is None:
            return None
        for part in ("digest", "tag", "name"):
            leaf = self._find_leaf(match[part], frozenset((part, "repository"))) if match[part] else None
            if leaf is not None:
                return leaf
        return None

    def _find_place(self, path: Path | None, children: Iterable[Node]) -> Node:
        # The values as a whole are the origin of nothing in particular.
        origin = self._values.get(*path) if path else None
        if origin is not None or not self._lines:
            return origin or self._source
        written = [child for child in children if child.file == self._source.file and child.place[0] > 1]
        return min(written, key=lambda child: child.place, default=self._source)

    def _find_container(self, fields: Mapping[str, Node]) -> Node | None:
        """Return the field that identifies a container of a template: its image, else its name.

        An image of which only the tag is a value is not identified by that.
        """
        if not isinstance(self._source, TextNode) or not {"image", "name"} <= fields.keys():
            return None
        image, name = fields["image"], fields["name"]
        is_whole = image.text in self._leaves or (
            image.file == self._source.file and image.place != self._source.place
        )
        match = _IMAGE.fullmatch(image.text) if not is_whole else None
        named = self._find_leaf(match["name"], frozenset(("name", "repository"))) if match else None
        ordered = [image, name] if is_whole else [*([named.node] if named else []), name, image]
        placed = (field for field in ordered if field.place != self._source.place)
        return next(placed, None) or self._find_only_image(image)

    def _find_only_image(self, image: Node) -> Node | None:
        """Return the image at the template's only line that gives one, whatever it is made of there."""
        text = self._source.text
        found = [match.start() for match in _IMAGE_KEY.finditer(text)]
        if len(found) != 1:
            return None
        number, start = text.count("\n", 0, found[0]) + 1, found[0] - text.rfind("\n", 0, found[0])
        return Node(image.value, self._source.file, (number, start, number, start + len("image")))

    def _find_line(self, text: str, names: frozenset[str]) -> Node:
        """Return a Node at the only line of the template that gives a field this text, else the template."""
        lines = [line for name in names for line in self._lines.get((name, text), ())]
        if len(lines) > 1:
            lines = [line for line in lines if line.begins_item]
        if len(lines) != 1:
            return self._source
        return Node(text, self._source.file, lines[0].place)


def _is_named_by(path: Path | None) -> bool:
    """Tell whether a value names a container: by its key, not because its text is the chart's name, too."""
    return path is None or "name" in str(path[-1]).lower()


def _read_lines(template: Node) -> dict[tuple[str, str], list[_Line]]:
    """Return the lines of a template that hold a literal scalar, by key and text."""
    lines: dict[tuple[str, str], list[_Line]] = defaultdict(list)
    for number, line in enumerate(template.text.split("\n"), start=1):
        if match := _LITERAL.fullmatch(line):
            start, end = match.span("text")
            place = (number, start + 1, number, end + 1)
            lines[match["key"], match["text"]].append(_Line(place, begins_item="-" in match["lead"]))
    return lines


def _read_item_names(node: Node) -> list[str]:
    """Return the name of a list's item, such as a variable's, which serves as its key; empty without one."""
    name = node.get("name")
    return [name.text] if name is not None and name.text and "value" in node.map else []


def _find_common_path(paths: Sequence[Path | None]) -> Path | None:
    """Return the longest path with which all paths begin, or None if there are no paths."""
    known = [path for path in paths if path is not None]
    if not known:
        return None
    shortest = min(known, key=len)
    for index, step in enumerate(shortest):
        if any(path[index] != step for path in known):
            return shortest[:index]
    return shortest
