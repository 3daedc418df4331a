"""Finds where a chart's template writes a text that is not among the values, such as an image's name."""

from __future__ import annotations

from vpnlint.source.node import Node, Span

# A shorter text is written in many places.
_TELLING = 4


def place_in_template(root: Node, template: Node) -> Node:
    """Return a rendered object with the Nodes that point at a template pointing into it.

    A scalar points at the one place where the template writes its text, a list or a mapping at its first item
    that has such a place, the name above all.
    """
    return _place(root, template)[0]


def _place(node: Node, template: Node) -> tuple[Node, Node | None]:
    """Return a Node, and the Node whose place was found for it."""
    value = node.value
    is_unplaced = node.span == template.span
    if isinstance(value, dict):
        fields = {key: _place(child, template) for key, child in value.items()}
        found = [place for key, (_, place) in sorted(fields.items(), key=_name_first) if place is not None]
        return _with_place({key: child for key, (child, _) in fields.items()}, node, found, is_unplaced)
    if isinstance(value, list):
        items = [_place(child, template) for child in value]
        found = [place for _, place in items if place is not None]
        return _with_place([child for child, _ in items], node, found, is_unplaced)
    if not is_unplaced or not isinstance(value, str) or len(value) < _TELLING:
        return node, None
    span = _find_text(value, template)
    placed = Node(value, span.file, span[1:]) if span is not None else None
    return placed or node, placed


def _with_place(
    value: dict[str, Node] | list[Node], node: Node, found: list[Node], is_unplaced: bool
) -> tuple[Node, Node | None]:
    place = found[0] if found and is_unplaced else None
    return Node.made(value, place or node), place


def _name_first(field: tuple[str, object]) -> bool:
    return field[0] != "name"


def _find_text(text: str, template: Node) -> Span | None:
    """Return the place of a text that a template writes once; None where it writes it never or more often."""
    start = template.text.find(text)
    if start < 0 or "\n" in text or template.text.find(text, start + 1) >= 0:
        return None
    line = template.text.count("\n", 0, start) + 1
    column = start - template.text.rfind("\n", 0, start)
    return Span(template.file, line, column, line, column + len(text))
