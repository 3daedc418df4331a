"""Where clusters begin to read a repository, and which files are not applied for certain.

A cluster begins at an object that leads to others and that nothing in the repository applies: a Kustomization
that applies the folder it lies in (as `flux bootstrap` writes it), one that points elsewhere, a root
Application. Whatever they lead to is applied. A file is not applied if it lies in a folder that is applied
and that does not list it, or if only such files lead to it. Everything else may be applied by means that
vpnlint does not see: a script, a person, a server.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.facts import Place
from vpnlint.files.inside import is_below
from vpnlint.gitops.references import References


class EntryPoints:
    """The places of a repository that clusters begin at.

    followed: the places that lead vpnlint to others. assumed: those without a visible use, which a person or
    a script may apply. left_out: all places that are certainly not applied.
    """

    def __init__(self, references: References) -> None:
        """Take the references between the repository's files."""
        self.references = references
        self._above: dict[Place, Sequence[Place]] = {}
        self._clients: dict[Place, set[Place]] = {}
        self._index = references.index
        files = {path for path, facts in self._index.files.items() if facts.objects}
        self._places = sorted({*files, *self._index.listings, *self._index.charts, *references.charts})
        self._free = [place for place in self._places if self._is_free(place)]
        self._applied: set[Place] = set()
        self._omitted: list[Place] = []
        self.followed = self._find_followed()
        self.assumed = self._find_assumed()
        applied = self._applied | references.reach(self.assumed)
        self.left_out = references.reach(self._omitted) - applied

    def leads(self, place: Place) -> bool:
        """Tell whether a place leads to others, or lists something that does."""
        return any(other in self.references.leads for other in self.references.reach([place]))

    def _is_free(self, place: Place) -> bool:
        """Tell whether nothing in the repository refers to a place."""
        return not self.references.above.get(place) and not self._is_used(place)

    def _is_used(self, place: Place) -> bool:
        """Tell whether something takes values from a place, or from the values file that it consists of."""
        if self.references.users.get(place):
            return True
        if place not in self._index.charts or place in self._index.listings:
            return False
        has_chart = os.path.exists(os.path.join(place, CHART))
        return not has_chart and bool(self.references.users.get(os.path.join(place, VALUES)))

    def _find_followed(self) -> list[Place]:
        """Return the files that clusters begin at, and mark the places that they lead to as applied."""
        free = set(self._free)
        leading = [place for place in self._places if place in self.references.leads]
        entries = [place for place in leading if place not in free and self._manages_itself(place)]
        self._applied = self.references.reach(entries)
        outer = [
            place for place in self._free if place in self.references.leads or place in self._index.listings
        ]
        for place in sorted(outer, key=make_depth_key):
            if not self.leads(place):
                continue
            if self._is_omitted(place):
                self._omitted.append(place)
            elif self._leads_on(place):
                entries.append(place)
                self._applied |= self.references.reach([place])
        return entries

    def _find_assumed(self) -> list[Place]:
        """Return the other places that nothing refers to; a person or a script may apply them."""
        roots: list[Place] = []
        known = {*self.followed, *self._omitted}
        # Whoever applies an entry point applies the files beside it, such as its variables.
        beside = {os.path.dirname(entry) for entry in self.followed}
        for place in sorted(self._free, key=make_depth_key):
            if place in known or place in self._applied:
                continue
            if self._is_omitted(place):
                self._omitted.append(place)
            elif place in self._index.files and os.path.dirname(place) in beside:
                self.followed.append(place)
                self._applied |= self.references.reach([place])
            else:
                roots.append(place)
        reached = self._applied | self.references.reach([*roots, *self._omitted])
        for place in self._places:
            # The remaining places refer to each other in circles; nothing outside refers to them.
            if place not in reached and not self._is_used(place):
                if self._is_left_out(place):
                    self._omitted.append(place)
                else:
                    roots.append(place)
                reached |= self.references.reach([place])
        return roots

    def _manages_itself(self, place: Place) -> bool:
        return any(
            place in self.references.reach([folder])
            for lead, _, folder in self.references.leads[place]
            if not lead.used
        )

    def _leads_on(self, place: Place) -> bool:
        """Tell whether a place leads out of its own folder, or to others that lead on."""
        folder = os.path.dirname(place) if place in self._index.files else place
        is_root = folder == self.references.workspace.root
        own = [place] if place in self.references.leads else self.references.below.get(place, ())
        targets = [target for item in own for _, _, target in self.references.leads.get(item, ())]
        if any(not is_below(target, folder) or (is_root and target != folder) for target in targets):
            return True
        others = self.references.reach(targets)
        return any(other in self.references.leads for other in others)

    def _is_omitted(self, place: Place) -> bool:
        """Tell whether a folder above a place, or the kustomization nearest to it, leaves it out."""
        if self._is_left_out(place):
            return True
        owner = self._find_owner(place)
        if not owner or not self._lists_such(owner, place):
            return False
        reached = self.references.reach([place])
        # What applies its owner was applied by hand first, as `flux bootstrap` does.
        return owner not in reached and not self._varies(owner, reached)

    def _varies(self, owner: Place, reached: set[Place]) -> bool:
        """Tell whether an overlay, by all that it reaches, is another form of a client that its owner lists.

        Nothing but a person applies the owner then, who may apply the overlay instead.
        """
        if owner in self._applied:
            return False
        if owner not in self._clients:
            below = self.references.reach([owner])
            self._clients[owner] = {
                path for path in below if any(item.near for item in self._index.objects(path))
            }
        return not self._clients[owner].isdisjoint(reached)

    def _is_left_out(self, place: Place) -> bool:
        """Tell whether a place lies in a folder that is certainly applied and does not list it.

        A chart lists nothing, and the objects of its templates may apply any file beside them.
        """
        return any(
            folder in self._applied and not self._is_chart(folder) for folder in self._list_above(place)
        )

    def _is_chart(self, folder: Place) -> bool:
        return folder not in self._index.listings and CHART in self._index.workspace.folder(folder)

    def _list_above(self, place: Place) -> Sequence[str]:
        """Return the folders above a place, the nearest first; the places in a folder share them."""
        folder = os.path.dirname(place)
        if folder not in self._above:
            root = self.references.workspace.root
            above = []
            here = place
            while here != root and is_below(here, root):
                here = os.path.dirname(here)
                above.append(here)
            self._above[folder] = above
        return self._above[folder]

    def _find_owner(self, place: Place) -> str:
        """Return the nearest folder above a place that has a kustomization; empty where none has."""
        return next((folder for folder in self._list_above(place) if folder in self._index.listings), "")

    def _lists_such(self, owner: Place, place: Place) -> bool:
        """Tell whether a kustomization lists places of this sort, and so leaves this one out on purpose."""
        sort = self._classify_place(place)
        return any(self._classify_place(child) == sort for child in self.references.below.get(owner, ()))

    def _classify_place(self, place: Place) -> str:
        if any(not lead.used for lead, _, _ in self.references.leads.get(place, ())):
            return "lead"
        return "folder" if self.references.workspace.is_folder(place) else "file"


def make_depth_key(place: Place) -> tuple[int, str]:
    """Return the key that sorts places from the outermost folder on."""
    return place.count(os.sep), place
