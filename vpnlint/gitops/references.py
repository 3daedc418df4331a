"""What leads to what in a repository: every reference between its files and folders, worked out once."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator

from vpnlint.files.discover import CHART
from vpnlint.files.index import Index, Lead, Place
from vpnlint.files.inside import is_below
from vpnlint.files.workspace import Workspace
from vpnlint.gitops.flux.artifact_generator import find_copy_origins
from vpnlint.gitops.own_source import OwnSource, read_remotes


class SourcePaths:
    """Where the paths of sources are in the repository."""

    def __init__(self, workspace: Workspace) -> None:
        """Take the repository; the bases that were met are added to as paths are located."""
        self._workspace = workspace
        self._is_git = os.path.lexists(os.path.join(workspace.root, ".git"))
        self._bases: set[str] = set()
        self._known: dict[tuple[str, str], tuple[str, str] | None] = {}

    def locate(self, file: str, path: str) -> tuple[str, str] | None:
        """Return the source's root and the folder at a path in it, for a reference in a file (absolute).

        None where it is not in the repository. `..` never leads out of a source (kustomize-controller,
        securejoin.SecureJoin). A path counts from the repository's root, or from the nearest folder above the
        file in which it exists: an artifact may be a part of the repository, and a folder hold copies of
        several.
        """
        path = os.path.normpath(os.path.join("/", path.strip("/"))).strip("/") or "."
        if "${" in path or "\0" in path:
            return None
        if path == ".":
            base = self.base(file)
            return (base, base) if base else None
        key = (os.path.dirname(file), path)
        if key not in self._known:
            self._known[key] = self._search(*key)
        return self._known[key]

    def base(self, place: str) -> str:
        """Return the innermost root of a source, of those met so far, that a place lies in; the git repository's else."""
        here = place
        while is_below(here, self._workspace.root):
            if here in self._bases:
                return here
            if here == self._workspace.root:
                break
            here = os.path.dirname(here)
        return self._workspace.root if self._is_git else ""

    def _search(self, folder: str, path: str) -> tuple[str, str] | None:
        root = self._workspace.root
        above = [folder]
        while above[-1] != root and is_below(above[-1], root):
            above.append(os.path.dirname(above[-1]))
        for base in [*([root] if self._is_git else []), *above]:
            place = os.path.join(base, path)
            if self._workspace.is_folder(place) is not None:
                self._bases.add(base)
                return base, place
        return None


class References:
    """The references of a repository, from each file and folder to what it leads to, and back."""

    def __init__(self, index: Index) -> None:
        """Take the facts and follow every reference once."""
        self.index = index
        self.workspace = index.workspace
        self.located = SourcePaths(index.workspace)
        self.leads: dict[Place, list[tuple[Lead, str, str]]] = {}
        self.elsewhere: list[tuple[Place, Lead]] = []
        self.below: dict[Place, list[Place]] = {}
        self.above: dict[Place, list[Place]] = defaultdict(list)
        self.users: dict[Place, list[Place]] = defaultdict(list)
        self.used: dict[Place, list[Place]] = defaultdict(list)
        self._own: dict[str, OwnSource] = {}
        facts = [item for file in index.files.values() for item in file.objects]
        self._copies = [lead for item in facts for lead in item.leads if lead.artifact]
        self._follow_leads()
        led = [(lead, path) for items in self.leads.values() for lead, _, path in items if not lead.used]
        self._flat = {path for lead, path in led if lead.flat} - {path for lead, path in led if not lead.flat}
        for place in [*index.listings, *self.leads]:
            self._add(place)

    def own(self, base: str) -> OwnSource:
        """Return what tells which sources are the repository whose root is the base."""
        return self._own.get(base) or OwnSource((), (), {})

    def locate(self, file: str, lead: Lead) -> Place | None:
        """Return the folder or file of this repository that an object in a file (absolute) leads to; None elsewhere."""
        lead = self._resolved(file, lead)
        place = self.located.locate(file, lead.path)
        if place is None or not self.own(place[0]).follows(lead):
            return None
        return place[1]

    def _resolved(self, file: str, lead: Lead) -> Lead:
        """Return a lead into an ExternalArtifact as one into the source that it is copied from; any other as it is."""
        origins = (origin for copy in self._copies for origin in find_copy_origins(copy, lead))
        return next((origin for origin in origins if self.located.locate(file, origin.path)), lead)

    def reach(self, places: Iterable[Place]) -> set[Place]:
        """Return these places, all that they refer to, what that refers to, and so on."""
        reached = set(places)
        stack = [*reached]
        while stack:
            for child in self.below.get(stack.pop(), ()):
                if child not in reached:
                    reached.add(child)
                    stack.append(child)
        return reached

    def led_from(self, places: Iterable[Place]) -> set[Place]:
        """Return these places and all that lead to them, by any way: as objects, components, patches or values."""
        leading = set(places)
        stack = [*leading]
        while stack:
            place = stack.pop()
            for parent in (*self.above.get(place, ()), *self.users.get(place, ())):
                if parent not in leading:
                    leading.add(parent)
                    stack.append(parent)
        return leading

    def _follow_leads(self) -> None:
        located = [
            (path, lead, place)
            for path, facts in self.index.files.items()
            for item in facts.objects
            for lead in (self._resolved(path, lead) for lead in item.leads if not lead.artifact)
            for place in [self.located.locate(path, lead.path) if lead.path.strip("./") else None]
        ]
        # `.` is everywhere: whose it is shows from the others.
        found = [
            (
                path,
                lead,
                place or (self.located.locate(path, lead.path) if not lead.path.strip("./") else None),
            )
            for path, lead, place in located
        ]
        urls = {
            (item.kind, item.name): item.url
            for facts in self.index.files.values()
            for item in facts.objects
            if item.url
        }
        by_base: dict[str, list[tuple[Place, Lead, str]]] = defaultdict(list)
        for path, lead, place in found:
            if place is not None:
                by_base[place[0]].append((path, lead, place[1]))
        for base, items in by_base.items():
            exact = [lead for _, lead, _ in items if lead.path.strip("./")]
            first = [lead for path, lead, folder in items if is_below(path, folder) and lead.path.strip("./")]
            known = read_remotes(base) if base == self.workspace.root else ()
            self._own[base] = OwnSource(exact or [lead for _, lead, _ in items], first, urls, known)
        for path, lead, place in found:
            if place is not None and self._own[place[0]].follows(lead):
                self.leads.setdefault(path, []).append((lead, *place))
            else:
                self.elsewhere.append((path, lead))

    def _add(self, place: Place) -> None:
        """Remember what a place refers to, and what folders without a kustomization that it leads to hold."""
        stack = [place]
        while stack:
            here = stack.pop()
            if here in self.below:
                continue
            self.below[here] = [*dict.fromkeys(self._children(here))]
            for child in self.below[here]:
                self.above[child].append(here)
                is_known = child in self.index.listings or child in self.leads
                if not is_known and self.workspace.is_folder(child):
                    stack.append(child)

    def _children(self, place: Place) -> Iterator[Place]:
        listing = self.index.listings.get(place)
        if listing is not None:
            for name in (*listing.resources, *listing.components):
                if path := self._path(place, name):
                    yield path
            for name in listing.used:
                if path := self._path(place, name):
                    self._use(place, path)
        elif place in self.leads:
            for lead, _, path in self.leads[place]:
                if lead.used:
                    self._use(place, path)
                else:
                    yield path
        elif self.workspace.is_folder(place) and self.workspace.folder(place).get(CHART) is not False:
            flat = place in self._flat
            for path in self.workspace.listing(place):
                if not flat or (os.path.dirname(path) == place and not self.workspace.is_folder(path)):
                    yield path

    def _use(self, user: Place, path: Place) -> None:
        self.users[path].append(user)
        self.used[user].append(path)

    def _path(self, folder: str, name: str) -> str:
        """Return the path of an entry in the repository; empty where nothing is there."""
        if "\0" in name or "\n" in name:
            return ""
        path = os.path.normpath(os.path.join(folder, name))
        if self.workspace.is_folder(path) is None:
            return ""
        return self.workspace.canonical(path)
