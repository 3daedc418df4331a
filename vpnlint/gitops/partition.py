"""Entry points → clusters: two objects of one name are never in the same cluster."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from vpnlint.files.facts import Place
from vpnlint.gitops.entry_points import EntryPoints, make_depth_key

_Identity: TypeAlias = tuple[str, str, str]


class Entry:
    """The files and folders that one cluster begins at.

    followed: whether something that vpnlint follows applies them. base: the root of their source. reached:
    everything that they lead to.
    """

    def __init__(self, places: list[Place], followed: bool, base: str, reached: set[Place]) -> None:
        self.places = places
        self.followed = followed
        self.base = base
        self.reached = reached


def partition_entries(entry_points: EntryPoints) -> list[Entry]:
    """Return the clusters in a stable order: those that something applies, then the rest, split by folder."""
    return [*_Partition(entry_points).find_followed(), *_Partition(entry_points).find_assumed()]


class _Partition:
    def __init__(self, entry_points: EntryPoints) -> None:
        self._entry_points = entry_points
        self._references = entry_points.references
        self._index = entry_points.references.index

    def find_followed(self) -> list[Entry]:
        """Return the clusters that something applies: entries join one if no two objects share a name."""
        clusters: list[Entry] = []
        identities: list[dict[_Identity, Place]] = []
        by_base: dict[str, list[int]] = defaultdict(list)
        beside = [place for place in self._entry_points.followed if not self._entry_points.leads(place)]
        leading = [place for place in self._entry_points.followed if place not in set(beside)]
        for place in [*sorted(leading, key=make_depth_key), *sorted(beside, key=make_depth_key)]:
            base = self._references.paths.find_base(place)
            reached = self._references.reach([place])
            own = self._identify(item for item in reached if item in self._references.leads)
            for number in by_base[base]:
                known = identities[number]
                if place in clusters[number].reached or all(
                    known.get(key, file) == file for key, file in own.items()
                ):
                    clusters[number].places.append(place)
                    clusters[number].reached |= reached
                    known.update(own)
                    break
            else:
                by_base[base].append(len(clusters))
                clusters.append(Entry([place], True, base, reached))
                identities.append(own)
        return clusters

    def find_assumed(self) -> Iterator[Entry]:
        """Yield the clusters that nothing seems to apply."""
        by_base: dict[str, list[Place]] = defaultdict(list)
        for place in self._entry_points.assumed:
            by_base[self._references.paths.find_base(place)].append(place)
        for base, group in sorted(by_base.items()):
            for places in self._split(group, base or self._references.workspace.root):
                yield Entry(places, False, base, self._references.reach(places))

    def _identify(self, places: Iterable[Place]) -> dict[_Identity, Place]:
        return {
            (item.kind, item.namespace, item.name): place
            for place in places
            for item in self._index.objects(place)
            if item.name
        }

    def _split(self, places: list[Place], folder: str) -> list[list[Place]]:
        """Split places by folder, from the outermost on, until no part holds two objects of one name."""
        finished: list[list[Place]] = []
        waiting = [(places, folder)]
        while waiting:
            group, above = waiting.pop()
            if len(group) == 1 or self._fit_together(group):
                finished.append(group)
                continue
            parts = _group_by_folder(group, above)
            if len(parts) == 1:
                ((part, members),) = parts.items()
                if part == "":
                    finished += [[place] for place in members]
                else:
                    waiting.append((members, os.path.join(above, part)))
                continue
            waiting += [(members, os.path.join(above, part)) for part, members in parts.items()]
        return sorted(finished)

    def _fit_together(self, places: Iterable[Place]) -> bool:
        """Tell whether all objects that places lead to can be in one cluster."""
        seen: dict[_Identity, Place] = {}
        reached: set[Place] = set()
        for place in places:
            below = self._references.reach([place])
            files = {item for item in below if item in self._index.files}
            if files & reached:
                return False
            reached |= files
            own = self._identify(files)
            if not seen.keys().isdisjoint(own):
                return False
            seen.update(own)
        return True


def _group_by_folder(places: Iterable[Place], folder: str) -> dict[str, list[Place]]:
    """Return places by the subfolder that each is or lies in; files right in the folder have an empty one."""
    parts: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        parts[_find_subfolder(place, folder)].append(place)
    return parts


def _find_subfolder(place: Place, folder: str) -> str:
    """Return the name of the subfolder that a place is or lies in; empty for a file right in the folder."""
    name, slash, _ = place[len(folder) :].lstrip(os.sep).partition(os.sep)
    return name if slash or os.path.isdir(place) else ""
