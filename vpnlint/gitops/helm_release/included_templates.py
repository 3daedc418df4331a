"""What the templates of a chart include, by the names that they define and include."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

_ACTION = defer_pattern(r"\{\{[^}]*\b(?:include|template)\b[^}]*\}")
# The name is missing where it is put together.
_INCLUDES = defer_pattern(r"\b(?:include|template)\b\s*(?:[\"`](?P<name>[^\"`]+)[\"`])?")
_DEFINES = defer_pattern(r"\bdefine\s+[\"`]([^\"`]+)[\"`]")


def find_definitions(texts: Iterable[Node]) -> dict[str, Node]:
    """Return the text in which each name is defined."""
    return {name: text for text in texts for name in _DEFINES.findall(text.text)}


def includes_any(text: Node, defined: Mapping[str, Node], wanted: Callable[[Node], bool]) -> bool:
    """Tell whether a template may include a text that is wanted, directly or not.

    defined: the texts, as find_definitions returns them. A name that is put together may be any of them.
    """
    waiting, seen = _list_included(text), set[str]()
    while waiting:
        name = waiting.pop()
        if not name:
            return any(map(wanted, defined.values()))
        item = defined.get(name) if name not in seen else None
        seen.add(name)
        if item is not None:
            if wanted(item):
                return True
            waiting += _list_included(item)
    return False


def _list_included(text: Node) -> list[str]:
    """Return the names that a template includes; empty for one that is put together."""
    actions = _ACTION.findall(text.text)
    return [match["name"] or "" for action in actions for match in _INCLUDES.finditer(action)]
