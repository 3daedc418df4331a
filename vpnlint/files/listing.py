"""What a kustomization lists, uses and makes, as it is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.files.inside import OUTSIDE
from vpnlint.files.workspace import Workspace
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
# Parts of an address that kustomize would fetch.
REMOTE_MARKS = ("://", "git@", "github.com/", "?ref=", "git::")
_COPIES = ("replacements", "vars")
_ENTRIES_WITH_PATH = ("patches", "patchesJson6902", "replacements")


class Listing(NamedTuple):
    """The paths in a kustomization, relative to its folder: of objects, of components, and all others.

    generated: the names of the objects that it makes by itself. component: it is one, which others put on top
    of theirs. changes: the images and patches that it puts on objects without a file of their own. copies:
    whether it writes values of its objects into others (replacements, vars).
    """

    resources: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()
    component: bool = False
    changes: tuple[str, ...] = ()
    copies: bool = False


def read_listing(roots: Sequence[Node]) -> Listing:
    """Return what the documents of a kustomization file list."""
    return Listing(
        tuple(path for path, _ in _read_paths(roots, "resources", "bases")),
        tuple(path for path, _ in _read_paths(roots, "components")),
        tuple(path for root in roots for path, _ in _read_used(root)),
        tuple(name for root in roots for name in _generated(root)),
        any(root.text_at("kind") == "Component" for root in roots),
        tuple(text for root in roots for text in _changes(root)),
        any(root.items(key) for root in roots for key in _COPIES),
    )


def encode_lower(text: str) -> bytes:
    """Return a text as the search for clients takes it."""
    return text.lower().encode("utf-8", "surrogatepass")


def read_changes(root: Node) -> str:
    """Return the images, patches and variables with which a Kustomization or Application changes objects."""
    spec = root.get("spec") or root
    places = [spec.get("images"), spec.get("patches"), spec.get("postBuild", "substitute")]
    template = spec.get("template", "spec") or spec
    places += [source.get("kustomize") for source in template.items("sources")]
    places.append(template.get("source", "kustomize"))
    return "\n".join(str(place.to_plain()) for place in places if place is not None)


def find_outside(roots: Sequence[Node], folder: str, workspace: Workspace) -> Iterator[InputError]:
    """Yield a problem at each path in a kustomization's documents that leads out of the repository.

    folder: the kustomization's (absolute).
    """
    used = (pair for root in roots for pair in _read_used(root))
    for name, node in (*_read_paths(roots, "resources", "bases", "components"), *used):
        path = os.path.normpath(os.path.join(folder, name))
        is_there = "://" in name or workspace.is_folder(path) is not None
        if not is_there and not workspace.contains(path):
            yield node.error(f"{name} {OUTSIDE}")


def find_remote(roots: Sequence[Node]) -> Iterator[Node]:
    """Yield the entries of a kustomization's documents that kustomize would fetch."""
    for name, node in _read_paths(roots, "resources", "bases", "components"):
        if any(mark in name for mark in REMOTE_MARKS):
            yield node


def _read_paths(roots: Iterable[Node], *keys: str) -> Iterator[tuple[str, Node]]:
    for root in roots:
        for key in keys:
            yield from ((item.text, item) for item in root.items(key) if item.text)


def _read_used(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield the files that a kustomization uses for anything else than objects, each with its place."""
    yield from (pair for pair in _read_paths([root], *_FILE_LISTS) if "\n" not in pair[0])
    for key in _ENTRIES_WITH_PATH:
        for entry in root.items(key):
            yield from _read_path(entry.get("path"))
            yield from [(entry.text, entry)] if entry.text and "\n" not in entry.text else []
    for key in _GENERATORS:
        for entry in root.items(key):
            yield from ((text.rpartition("=")[2], node) for text, node in _read_paths([entry], "files"))
            yield from _read_paths([entry], "envs")
            yield from _read_path(entry.get("env"))
    for entry in root.items("helmCharts"):
        yield from _read_path(entry.get("valuesFile"))
        yield from _read_paths([entry], "additionalValuesFiles")
        if name := entry.text_at("name"):
            yield f"{root.text_at('helmGlobals', 'chartHome') or 'charts'}/{name}", entry


def _read_path(node: Node | None) -> Iterator[tuple[str, Node]]:
    if node is not None and node.text:
        yield node.text, node


def _changes(root: Node) -> Iterator[str]:
    """Yield the names of images and the texts of patches that stand in a kustomization itself."""
    yield from (entry.text_at("newName") for entry in root.items("images"))
    yield from (text for text, _ in _read_paths([root], "patches", "patchesStrategicMerge") if "\n" in text)
    for entry in root.items("configMapGenerator") if any(root.items(key) for key in _COPIES) else ():
        yield from (text for text, _ in _read_paths([entry], "literals"))
    yield from (entry.text_at("patch") for key in _ENTRIES_WITH_PATH for entry in root.items(key))


def _generated(root: Node) -> Iterator[str]:
    for key in _GENERATORS:
        yield from (name for entry in root.items(key) if (name := entry.text_at("name")))
