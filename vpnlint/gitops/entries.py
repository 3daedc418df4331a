"""Where a cluster begins to read a repository: the files and folders that nothing else in it refers to.

A repository that Flux applies holds an entry point: a Kustomization that applies the folder it lies in itself (as `flux bootstrap`
writes it), or one that nobody lists and that points elsewhere in the repository. Where there is one, what it does not lead to is not applied: an
archive, what somebody applies by hand. Without one, whatever nobody refers to is taken as applied.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vpnlint.gitops.argo import folders, is_application
from vpnlint.gitops.fields import text
from vpnlint.gitops.resource_set import expand, is_resource_set
from vpnlint.gitops.tree import Tree, source_root
from vpnlint.node import Node
from vpnlint.scan import Scan

_FLUX = "kustomize.toolkit.fluxcd.io/"
_LISTS = ("resources", "bases", "components")


def is_flux(node: Node) -> bool:
    """Tell whether an object is a Flux Kustomization."""
    return text(node, "kind") == "Kustomization" and text(node, "apiVersion").startswith(_FLUX)


def located(node: Node) -> tuple[str, str] | None:
    """Return the root of the source that a Flux Kustomization reads, and the folder it names there, both absolute.

    None where its path is not in this repository.
    """
    path = os.path.normpath(text(node, "spec", "path").strip("/") or ".")
    base = source_root(os.path.abspath(node.file), path) if "${" not in path else None
    return None if base is None else (base, os.path.normpath(os.path.join(base, path)))


@dataclass(frozen=True)
class _Flux:
    file: str
    base: str
    folder: str


class Entries:
    """The references between the files of a repository, and what nothing refers to."""

    def __init__(self, scan: Scan, tree: Tree) -> None:
        """Take what was found in the files."""
        self._tree = tree
        self._files = scan.objects
        self._folders = {*scan.folders, *scan.charts}
        self._flux: dict[str, list[_Flux]] = {}
        self._applications: dict[str, list[str]] = {}
        for file in scan.leads:
            for node in _kustomizations(file, tree):
                place = located(node)
                if place is not None:
                    self._flux.setdefault(file, []).append(_Flux(file, *place))
            named = [
                folder for node in filter(is_application, tree.manifest(file)) for folder in folders(node)
            ]
            if named:
                self._applications[file] = named
        self._below: dict[str, list[str]] = {}
        self._referenced = {
            child
            for place in [*self._folders, *self._flux, *self._applications, *self._sources()]
            for child in self._children(place)
        }

    def find(self, given: Callable[[str], bool]) -> list[list[str]]:
        """Return for each cluster the files and folders from which all that it applies can be reached, in a stable order.

        given tells of a file whether the user asked about it: one that nobody refers to belongs to those and to its own folder only.
        """
        free = [place for place in sorted({*self._files, *self._folders}) if self._is_free(place)]
        managing = sorted(
            {item.file for items in self._flux.values() for item in items if self._manages_itself(item)}
        )
        begin = {place for place in free if self._begins(place)} | set(managing)
        bases = {item.base for items in self._flux.values() for item in items if item.file in begin}
        bases |= {item.base for place in begin for item in self._led_to(place)}
        reached = [place for place in sorted({*free, *managing}) if self._is_reached(place, begin, bases)]
        loose = {place for place in reached if place not in self._folders and place not in begin}
        near = {os.path.dirname(place) for place in loose if given(place)}
        return self._clusters(
            [
                place
                for place in reached
                if place not in loose or given(place) or os.path.dirname(place) in near
            ]
        )

    def _is_reached(self, place: str, begin: set[str], bases: set[str]) -> bool:
        """Tell whether a place counts as applied: an entry point, a file beside one, or where there is no entry point."""
        if place in begin or not any(_lies_in(place, base) for base in bases):
            return True
        beside = {os.path.dirname(entry) for entry in begin if entry in self._flux}
        return place not in self._folders and os.path.dirname(place) in beside

    def _clusters(self, places: Sequence[str]) -> list[list[str]]:
        """Part the places where two of them hold an object of one name, which no cluster can have twice.

        They are parted by the source that they belong to, then by folder, then by file.
        """
        groups = [[*places]] if places else []
        for part in (self._base, self._folder, lambda place: place):
            for group in [group for group in groups if not self._fit(group)]:
                parted: dict[str, list[str]] = {}
                for place in group:
                    parted.setdefault(part(place), []).append(place)
                groups.remove(group)
                groups += parted.values()
        return groups

    def _base(self, place: str) -> str:
        bases = {item.base for items in self._flux.values() for item in items if _lies_in(place, item.base)}
        return max(bases, key=len, default="")

    def _folder(self, place: str) -> str:
        return place if place in self._folders else os.path.dirname(place)

    def _fit(self, places: Iterable[str]) -> bool:
        """Tell whether all objects in the files among the places can be in one cluster."""
        seen: set[tuple[str, str, str]] = set()
        for place in places:
            found = {
                (text(node, "kind"), text(node, "metadata", "namespace"), text(node, "metadata", "name"))
                for node in (self._tree.manifest(place) if place not in self._folders else ())
            }
            if found & seen:
                return False
            seen |= found
        return True

    def _sources(self) -> Iterator[str]:
        for items in self._flux.values():
            yield from (item.folder for item in items)

    def _children(self, place: str) -> list[str]:
        """Return what a file or folder refers to."""
        if place not in self._below:
            self._below[place] = [*self._named_by(place)]
        return self._below[place]

    def _named_by(self, place: str) -> Iterator[str]:
        if place in self._flux or place in self._applications:
            yield from (item.folder for item in self._flux.get(place, ()))
            yield from self._applications.get(place, ())
            return
        kustomization = self._tree.kustomization(place)
        if kustomization is None:
            yield from self._tree.listing(place)
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


def _kustomizations(file: str, tree: Tree) -> Iterator[Node]:
    """Yield the Flux Kustomizations of a file, those that a ResourceSet makes among them."""
    for node in tree.manifest(file):
        yield from filter(is_flux, expand(node) if is_resource_set(node) else [node])


def _lies_in(place: str, folder: str) -> bool:
    return place.startswith(folder) and (len(place) == len(folder) or place[len(folder)] == os.sep)
