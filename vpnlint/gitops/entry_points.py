"""Where clusters begin to read a repository, and what is not applied for certain.

A cluster begins at an object that leads to others and that nothing in the repository applies: a Kustomization
that applies the folder it lies in (as `flux bootstrap` writes it), one that points elsewhere, a root
Application. What they lead to is applied. What lies in a folder that is applied, and that the folder does not
list, is not applied; nor is what only such places lead to. Everything else may be applied by what vpnlint
does not see: a script, a hand, a server.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.index import Place
from vpnlint.files.inside import is_below
from vpnlint.gitops.references import References

_Identity = tuple[str, str, str]


@dataclass
class Entry:
    """The files and folders from which all that one cluster applies can be reached.

    followed: whether something that vpnlint follows applies them; else nothing does, as far as it can tell.
    """

    places: list[Place]
    followed: bool
    base: str
    reached: set[Place] = field(default_factory=set)


class EntryPoints:
    """Which places of a repository clusters begin at, and which are left out."""

    def __init__(self, references: References) -> None:
        """Take the references between the repository's files."""
        self._references = references
        self._index = references.index
        files = {path for path, facts in self._index.files.items() if facts.objects}
        self._places = sorted({*files, *self._index.listings, *self._index.charts})
        self._free = [place for place in self._places if self._is_free(place)]
        self._applied: set[Place] = set()
        self._omitted: list[Place] = []
        self._entries = self._begin()
        self._roots = self._assume()
        self.left_out = self._references.reach(self._omitted) - self._reached()

    def find(self) -> list[Entry]:
        """Return the clusters in a stable order: those that something applies, then the rest, parted by folder."""
        followed = self._followed()
        rest = [
            Entry(places, False, base)
            for base, group in sorted(self._by_base(self._roots).items())
            for places in self._parted(group, base or self._references.workspace.root)
        ]
        for entry in rest:
            entry.reached = self._references.reach(entry.places)
        return [*followed, *rest]

    def _reached(self) -> set[Place]:
        return self._applied | self._references.reach(self._roots)

    def _is_free(self, place: Place) -> bool:
        """Tell whether nothing in the repository refers to a place."""
        if place in self._index.charts and place not in self._index.listings:
            values = os.path.join(place, VALUES)
            if self._references.users.get(values) and not os.path.exists(os.path.join(place, CHART)):
                return False
        return not self._references.above.get(place) and not self._references.users.get(place)

    def _begin(self) -> list[Place]:
        """Return the files that clusters begin at, and take what they lead to as applied."""
        free = set(self._free)
        leading = [place for place in self._places if place in self._references.leads]
        entries = [place for place in leading if place not in free and self._manages_itself(place)]
        self._applied = self._references.reach(entries)
        outer = [
            place for place in self._free if place in self._references.leads or place in self._index.listings
        ]
        for place in sorted(outer, key=_depth):
            if not self._leads(place):
                continue
            owner = self._owner(place)
            if self._is_left_out(place) or (owner and self._lists_such(owner, place)):
                self._omitted.append(place)
            elif self._leads_on(place):
                entries.append(place)
                self._applied |= self._references.reach([place])
        return entries

    def _assume(self) -> list[Place]:
        """Return what may be applied by something that vpnlint does not see: the rest of what nothing refers to."""
        roots: list[Place] = []
        known = {*self._entries, *self._omitted}
        # Who applies what a cluster begins at applies the files beside it, such as its variables.
        beside = {os.path.dirname(entry) for entry in self._entries}
        for place in sorted(self._free, key=_depth):
            if place in known or place in self._applied:
                continue
            owner = self._owner(place)
            if self._is_left_out(place) or (owner and self._lists_such(owner, place)):
                self._omitted.append(place)
            elif place in self._index.files and os.path.dirname(place) in beside:
                self._entries.append(place)
                self._applied |= self._references.reach([place])
            else:
                roots.append(place)
        reached = self._applied | self._references.reach([*roots, *self._omitted])
        for place in self._places:
            # What is left lies in a circle of which nothing outside applies any part.
            if place not in reached and not self._references.users.get(place):
                if self._is_left_out(place):
                    self._omitted.append(place)
                else:
                    roots.append(place)
                reached |= self._references.reach([place])
        return roots

    def _manages_itself(self, place: Place) -> bool:
        return any(
            place in self._references.reach([folder])
            for lead, _, folder in self._references.leads[place]
            if not lead.used
        )

    def _leads(self, place: Place) -> bool:
        return any(other in self._references.leads for other in self._references.reach([place]))

    def _leads_on(self, place: Place) -> bool:
        """Tell whether a place leads out of its own folder, or to others that lead on."""
        folder = place if place in self._index.listings else os.path.dirname(place)
        own = [place] if place in self._references.leads else self._references.below.get(place, ())
        targets = [target for item in own for _, _, target in self._references.leads.get(item, ())]
        if any(not is_below(target, folder) for target in targets):
            return True
        others = self._references.reach(targets)
        return any(other in self._references.leads for other in others)

    def _is_left_out(self, place: Place) -> bool:
        """Tell whether a place lies in a folder that is applied for certain, which does not list it."""
        return any(folder in self._applied for folder in self._above(place))

    def _above(self, place: Place) -> Iterable[str]:
        root = self._references.workspace.root
        here = place
        while here != root and is_below(here, root):
            here = os.path.dirname(here)
            yield here

    def _owner(self, place: Place) -> str:
        """Return the nearest folder above a place that has a kustomization; empty where none has."""
        return next((folder for folder in self._above(place) if folder in self._index.listings), "")

    def _lists_such(self, owner: Place, place: Place) -> bool:
        """Tell whether a kustomization lists something of a place's sort, so that it means to leave the place out."""
        sort = self._sort(place)
        return any(self._sort(child) == sort for child in self._references.below.get(owner, ()))

    def _sort(self, place: Place) -> str:
        if place in self._references.leads:
            return "lead"
        return "folder" if self._references.workspace.is_folder(place) else "file"

    def _followed(self) -> list[Entry]:
        """Return the clusters that something applies: entries that hold objects of one name belong to different ones."""
        clusters: list[Entry] = []
        identities: list[dict[_Identity, Place]] = []
        by_base: dict[str, list[int]] = defaultdict(list)
        beside = [place for place in self._entries if not self._leads(place)]
        leading = [place for place in self._entries if place not in set(beside)]
        for place in [*sorted(leading, key=_depth), *sorted(beside, key=_depth)]:
            base = self._base(place)
            reached = self._references.reach([place])
            own = self._identities(item for item in reached if item in self._references.leads)
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

    def _identities(self, places: Iterable[Place]) -> dict[_Identity, Place]:
        return {
            (item.kind, item.namespace, item.name): place
            for place in places
            for item in self._index.objects(place)
            if item.name
        }

    def _by_base(self, places: Iterable[Place]) -> dict[str, list[Place]]:
        groups: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            groups[self._base(place)].append(place)
        return groups

    def _base(self, place: Place) -> str:
        return self._references.located.base(place)

    def _parted(self, places: list[Place], folder: str) -> list[list[Place]]:
        """Part places until no two of a part hold objects of one name: by folder, from the outermost on."""
        finished: list[list[Place]] = []
        waiting = [(places, folder)]
        while waiting:
            group, above = waiting.pop()
            if len(group) == 1 or self._fit(group):
                finished.append(group)
                continue
            parts = _group_by(group, above)
            if len(parts) == 1:
                ((part, members),) = parts.items()
                if part == "":
                    finished += [[place] for place in members]
                else:
                    waiting.append((members, os.path.join(above, part)))
                continue
            waiting += [(members, os.path.join(above, part)) for part, members in parts.items()]
        return sorted(finished)

    def _fit(self, places: Iterable[Place]) -> bool:
        """Tell whether all objects that places lead to can be in one cluster."""
        seen: dict[_Identity, Place] = {}
        reached: set[Place] = set()
        for place in places:
            below = self._references.reach([place])
            files = {item for item in below if item in self._index.files}
            if files & reached:
                return False
            reached |= files
            own = self._identities(files)
            if not seen.keys().isdisjoint(own):
                return False
            seen.update(own)
        return True


def _group_by(places: Iterable[Place], folder: str) -> dict[str, list[Place]]:
    """Return places by the folder, right below another, that each is or lies in; by the empty name if it is a file there."""
    parts: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        parts[_step(place, folder)].append(place)
    return parts


def _step(place: Place, folder: str) -> str:
    """Return the name of the folder, below another, that a place is or lies in; empty for a file right in it."""
    name, slash, _ = place[len(folder) :].lstrip(os.sep).partition(os.sep)
    return name if slash or os.path.isdir(place) else ""


def _depth(place: Place) -> tuple[int, str]:
    return place.count(os.sep), place
