"""Where a cluster begins to read a repository: the files and folders that nothing else in it refers to.

A repository that Flux applies holds an entry point: a Kustomization that applies the folder it lies in itself (as `flux bootstrap`
writes it), or one that nobody lists and that points elsewhere in the repository. Where there is one, what it does not lead to is not applied: an
archive, what somebody applies by hand. Without one, whatever nobody refers to is taken as applied.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.index import Scan
from vpnlint.files.tree import Tree, source_root
from vpnlint.gitops.flux.resource_set import expand, is_resource_set
from vpnlint.source.edit import text
from vpnlint.source.node import Node

_FLUX = "kustomize.toolkit.fluxcd.io/"


def is_flux(node: Node) -> bool:
    """Tell whether an object is a Flux Kustomization."""
    return text(node, "kind") == "Kustomization" and text(node, "apiVersion").startswith(_FLUX)


def located(file: str, path: str) -> tuple[str, str] | None:
    """Return the root of the source that a Kustomization in a file (absolute) reads, and the folder at its path there.

    None where the path is not in this repository. `..` never leads out of a source (kustomize-controller, securejoin.SecureJoin).
    """
    path = os.path.normpath(os.path.join("/", path.strip("/"))).strip("/") or "."
    base = source_root(file, path) if "${" not in path else None
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
        self._scan = scan
        self._files = scan.objects
        self._folders = {*scan.folders, *scan.charts}
        self._flux: dict[str, list[_Flux]] = {}
        for file in scan.leads:
            found = [_Flux(file, *place) for path in self._paths(file) if (place := located(file, path))]
            if found:
                self._flux[file] = found
        self._below: dict[str, list[str]] = {}
        self._matters: dict[str, bool] = {}
        self._referenced = {
            child
            for place in [*self._folders, *self._flux, *self._sources()]
            for child in self._children(place)
        }

    def _paths(self, file: str) -> list[str]:
        """Return the folders that a file's Kustomizations and Applications name."""
        if file not in self._scan.sets:
            return self._scan.leads[file]
        sets = filter(is_resource_set, self._tree.manifest(file))
        made = [text(node, "spec", "path") for root in sets for node in expand(root) if is_flux(node)]
        return [*self._scan.leads[file], *made]

    def matters(self, place: str) -> bool:
        """Tell whether a file or folder holds anything that may matter, or leads to it."""
        if place not in self._matters:
            reached = {place} | self._reach(place)
            self._matters[place] = any(map(self._scan.may_matter, reached)) or not reached.isdisjoint(
                self._scan.sets
            )
        return self._matters[place]

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
        loose = {place for place in reached if place not in self._scan.folders and place not in begin}
        asked = {place for place in loose if given(place) or self._is_chart_of(place, given)}
        near = {os.path.dirname(place) for place in asked if place not in self._scan.charts}
        return self._clusters(
            [
                place
                for place in reached
                if place not in loose
                or place in asked
                or (place not in self._scan.charts and os.path.dirname(place) in near)
            ]
        )

    def _is_chart_of(self, place: str, given: Callable[[str], bool]) -> bool:
        names = (CHART, VALUES) if place in self._scan.charts else ()
        return any(given(os.path.join(place, name)) for name in names)

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
        if place in self._flux:
            yield from (item.folder for item in self._flux[place])
        elif place in self._scan.folders:
            for name in self._scan.folders[place]:
                yield os.path.normpath(os.path.join(place, name))
        else:
            yield from self._tree.listing(place)

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
        if place in self._referenced or place in self._scan.components:
            return False
        folder = os.path.dirname(place)
        while folder not in self._folders:
            parent = os.path.dirname(folder)
            if parent == folder:
                return True
            folder = parent
        return False


def _lies_in(place: str, folder: str) -> bool:
    return place.startswith(folder) and (len(place) == len(folder) or place[len(folder)] == os.sep)
