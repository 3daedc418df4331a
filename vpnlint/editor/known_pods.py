"""The Pods of each workload as the view sees them, remembered while its input stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from vpnlint.ruleset.compiled_view import CompiledView

# The kind, the namespace and the name of an object.
_Title: TypeAlias = tuple[str, str, str]


class KnownPods:
    """Finds Pods by a view, and remembers those of the last run."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self._known: dict[_Title, tuple[CompiledView, Mapping[str, Any], list[Any]]] = {}
        self._used: set[_Title] = set()

    def __call__(self, view: CompiledView, data: Mapping[str, Any]) -> list[Any]:
        """Return the Pods that a view sees in an object (as CompiledView.find_pods)."""
        title = _find_title(data["object"])
        known = self._known.get(title)
        if known is None or known[0] is not view or known[1] != data:
            known = (view, data, view.find_pods(data))
            self._known[title] = known
        self._used.add(title)
        return known[2]

    def end(self) -> None:
        """End a run: forget the objects that it did not judge."""
        self._known = {title: known for title, known in self._known.items() if title in self._used}
        self._used.clear()


def _find_title(found: Mapping[str, Any] | None) -> _Title:
    found = found or {}
    metadata = found.get("metadata") or {}
    return str(found.get("kind")), str(metadata.get("namespace")), str(metadata.get("name"))
