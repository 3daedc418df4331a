"""What a kustomization lists, uses and makes, as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vpnlint.source.node import Node

_GENERATORS = ("configMapGenerator", "secretGenerator")
_FILE_LISTS = (
    "patchesStrategicMerge",
    "configurations",
    "crds",
    "transformers",
    "generators",
    "validators",
)
_ENTRIES_WITH_PATH = ("patches", "patchesJson6902", "replacements")


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths in a kustomization, relative to its folder: what it takes as objects, as components, for anything else.

    generated: the names of the objects that it makes by itself. component: it is one, which others put on top
    of theirs.
    """

    resources: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()
    component: bool = False


def read_listing(roots: Sequence[Node]) -> Listing:
    """Return what the documents of a kustomization file list."""
    return Listing(
        tuple(_texts(roots, "resources", "bases")),
        tuple(_texts(roots, "components")),
        tuple(path for root in roots for path in _used(root)),
        tuple(name for root in roots for name in _generated(root)),
        any((kind := root.get("kind")) is not None and kind.text == "Component" for root in roots),
    )


def _texts(roots: Iterable[Node], *keys: str) -> Iterator[str]:
    for root in roots:
        for key in keys:
            yield from (item.text for item in _items(root, key) if item.text)


def _used(root: Node) -> Iterator[str]:
    """Yield the files that a kustomization uses for anything else than objects."""
    yield from (text for text in _texts([root], *_FILE_LISTS) if "\n" not in text)
    for key in _ENTRIES_WITH_PATH:
        for entry in _items(root, key):
            path = entry.get("path")
            yield from [path.text] if path is not None and path.text else []
            yield from [entry.text] if entry.text and "\n" not in entry.text else []
    for key in _GENERATORS:
        for entry in _items(root, key):
            yield from (text.rpartition("=")[2] for text in _texts([entry], "files"))
            yield from _texts([entry], "envs")
            env = entry.get("env")
            yield from [env.text] if env is not None and env.text else []
    for entry in _items(root, "helmCharts"):
        values = entry.get("valuesFile")
        yield from [values.text] if values is not None and values.text else []
        yield from _texts([entry], "additionalValuesFiles")
        if name := entry.text_at("name"):
            yield f"{root.text_at('helmGlobals', 'chartHome') or 'charts'}/{name}"


def _generated(root: Node) -> Iterator[str]:
    for key in _GENERATORS:
        for entry in _items(root, key):
            name = entry.get("name")
            yield from [name.text] if name is not None and name.text else []


def _items(root: Node, key: str) -> list[Node]:
    node = root.get(key)
    return node.list if node is not None else []
