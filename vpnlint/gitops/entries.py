"""Where a cluster begins to read a repository: the files and folders that nothing else in it refers to.

A repository that Flux applies holds an entry point: a Kustomization that applies the folder it lies in itself (as `flux bootstrap`
writes it), or one that nobody lists and that points elsewhere in the repository. Where there is one, what it does not lead to is not applied: an
archive, what somebody applies by hand. Without one, whatever nobody refers to is taken as applied.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vpnlint.gitops.fields import text
from vpnlint.gitops.kustomize import manifests
from vpnlint.gitops.tree import Tree
from vpnlint.node import Node

_FLUX = "kustomize.toolkit.fluxcd.io/"
_LISTS = ("resources", "bases", "components")


def is_flux(node: Node) -> bool:
    """Tell whether an object is a Flux Kustomization."""
    return text(node, "kind") == "Kustomization" and text(node, "apiVersion").startswith(_FLUX)


def located(node: Node) -> tuple[str, str] | None:
    """Return the root of the source that a Flux Kustomization reads, and the folder it names there, both absolute.

    The root is the nearest folder above the Kustomization's file in which its path exists; None where there is none.
    """
    path = text(node, "spec", "path").strip("/") or "."
    path = os.path.normpath(path)
    base = os.path.dirname(os.path.abspath(node.file))
    while "${" not in path:
        folder = os.path.normpath(os.path.join(base, path))
        # Every folder holds ".": that it is the root of a repository must be seen otherwise.
        if os.path.isdir(folder) and (path != "." or os.path.exists(os.path.join(base, ".git"))):
            return base, folder
        parent = os.path.dirname(base)
        if parent == base:
            break
        base = parent
    return None


@dataclass(frozen=True)
class _Flux:
    file: str
    base: str
    folder: str


class Entries:
    """The references between the files of a repository, and what nothing refers to."""

    def __init__(self, files: Iterable[str], folders: Iterable[str], tree: Tree) -> None:
        """Take the files that hold objects worth a look, and the folders that hold a kustomization, by absolute paths."""
        self._tree = tree
        self._files = list(files)
        self._folders = set(folders)
        self._flux: dict[str, list[_Flux]] = {}
        for file in self._files:
            for node in tree.manifest(file):
                place = located(node) if is_flux(node) else None
                if place is not None:
                    self._flux.setdefault(file, []).append(_Flux(file, *place))
        self._below: dict[str, list[str]] = {}
        self._referenced = {
            child
            for place in [*self._folders, *self._flux, *self._sources()]
            for child in self._children(place)
        }

    def find(self) -> list[str]:
        """Return the files and folders from which all that is applied can be reached, in a stable order."""
        free = [place for place in sorted({*self._files, *self._folders}) if self._is_free(place)]
        managing = sorted(
            {item.file for items in self._flux.values() for item in items if self._manages_itself(item)}
        )
        begin = {place for place in free if self._begins(place)} | set(managing)
        bases = {item.base for items in self._flux.values() for item in items if item.file in begin}
        bases |= {item.base for place in begin for item in self._led_to(place)}
        beside = {os.path.dirname(place) for place in begin if place in self._flux}
        return [
            place
            for place in sorted({*free, *managing})
            if place in begin
            or (place not in self._folders and os.path.dirname(place) in beside)
            or not any(_lies_in(place, base) for base in bases)
        ]

    def _sources(self) -> Iterator[str]:
        for items in self._flux.values():
            yield from (item.folder for item in items)

    def _children(self, place: str) -> list[str]:
        """Return what a file or folder refers to."""
        if place not in self._below:
            self._below[place] = [*self._named_by(place)]
        return self._below[place]

    def _named_by(self, place: str) -> Iterator[str]:
        if place in self._flux:
            yield from (item.folder for item in self._flux[place])
            return
        kustomization = self._tree.kustomization(place) if os.path.isdir(place) else None
        if kustomization is None:
            if os.path.isdir(place):
                yield from manifests(place, self._tree)
            return
        for root in self._tree.documents(kustomization):
            for key in _LISTS:
                entries = root.get(key)
                for entry in entries.list if entries is not None else []:
                    yield os.path.normpath(os.path.join(place, entry.text))

    def _reach(self, place: str) -> set[str]:
        """Return all that a place refers to, and what that refers to, and so on."""
        reached: set[str] = set()
        stack = [place]
        while stack:
            for child in self._children(stack.pop()):
                if child not in reached:
                    reached.add(child)
                    stack.append(child)
        return reached

    def _led_to(self, place: str) -> list[_Flux]:
        reached = {place} | self._reach(place)
        return [item for file, items in self._flux.items() if file in reached for item in items]

    def _manages_itself(self, item: _Flux) -> bool:
        return item.file in self._reach(item.folder)

    def _begins(self, place: str) -> bool:
        """Tell whether a place that nobody refers to is an entry point of Flux's."""
        if place in self._folders:
            return bool(self._led_to(place))
        folder = os.path.dirname(place)
        return any(not _lies_in(item.folder, folder) for item in self._flux.get(place, ()))

    def _is_free(self, place: str) -> bool:
        """Tell whether nobody refers to a place, and no kustomization above it could have listed it."""
        if place in self._referenced or (place in self._folders and self._is_component(place)):
            return False
        folder = os.path.dirname(place)
        while folder not in self._folders:
            parent = os.path.dirname(folder)
            if parent == folder:
                return True
            folder = parent
        return False

    def _is_component(self, folder: str) -> bool:
        path = self._tree.kustomization(folder)
        roots = self._tree.documents(path) if path is not None else []
        return any(text(root, "kind") == "Component" for root in roots)


def _lies_in(place: str, folder: str) -> bool:
    return place == folder or place.startswith(os.path.join(folder, ""))
