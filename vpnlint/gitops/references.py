"""The graph of a repository: every reference between its files and folders, followed once."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator

from vpnlint.files.chart_homes import list_chart_homes
from vpnlint.files.discover import CHART, VALUES
from vpnlint.files.facts import Directory, Lead, Place
from vpnlint.files.index import Index
from vpnlint.files.inside import is_below
from vpnlint.gitops.argo.folder_source import list_directory_files
from vpnlint.gitops.flux.artifact_generator import find_copy_origins
from vpnlint.gitops.leads import LeadReader
from vpnlint.gitops.own_source import OwnSource, read_remotes
from vpnlint.gitops.source_paths import SourcePaths


class References:
    """The references of a repository, in both directions.

    leads: the paths that the objects of a file lead to, each with its source's root and its place. elsewhere:
    leads that are not followed. charts: those that a person installs and whose objects lead on. below, above:
    the places that a place applies, and those that apply it. used, users: the files that a place takes
    patches, values and generated data from, and the places that take such from a file.
    """

    def __init__(self, index: Index) -> None:
        """Take the facts and follow every reference once."""
        self.index = index
        self.workspace = index.workspace
        self.paths = SourcePaths(index.workspace)
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
        applied = [(lead, path) for items in self.leads.values() for lead, _, path in items if not lead.used]
        # What Argo CD takes of folders, and folders that something else leads to.
        self._directories: dict[Place, list[Directory]] = defaultdict(list)
        self._as_flux = {path for lead, path in applied if lead.directory is None}
        for lead, path in applied:
            if lead.directory is not None and lead.directory not in self._directories[path]:
                self._directories[path].append(lead.directory)
        for place in [*index.listings, *self.leads]:
            self._add_place(place)
        self.charts = [chart for chart in sorted(index.workspace.charts) if self._follow_chart(chart)]

    def find_own_source(self, base: str) -> OwnSource:
        """Return the OwnSource of the repository with this root."""
        return self._own.get(base) or OwnSource((), (), {})

    def locate(self, file: str, lead: Lead) -> Place | None:
        """Return the place that an object in a file (absolute) leads to; None if it is elsewhere."""
        lead = self._resolve_artifact(file, lead)
        place = self.paths.locate(file, lead.path)
        if place is None or not self.find_own_source(place[0]).follows(lead):
            return None
        return place[1]

    def _resolve_artifact(self, file: str, lead: Lead) -> Lead:
        """Return a lead into an ExternalArtifact as one into the source of the copy; any other unchanged."""
        origins = (origin for copy in self._copies for origin in find_copy_origins(copy, lead))
        return next((origin for origin in origins if self.paths.locate(file, origin.path)), lead)

    def reach(self, places: Iterable[Place]) -> set[Place]:
        """Return these places and everything that they apply, directly or not."""
        reached = set(places)
        stack = [*reached]
        while stack:
            for child in self.below.get(stack.pop(), ()):
                if child not in reached:
                    reached.add(child)
                    stack.append(child)
        return reached

    def find_leading(self, places: Iterable[Place]) -> set[Place]:
        """Return these places and all that lead to them, to apply them or to take values from them."""
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
            for lead in (self._resolve_artifact(path, lead) for lead in item.leads if not lead.artifact)
            for place in [self.paths.locate(path, lead.path) if lead.path.strip("./") else None]
        ]
        # `.` exists in every repository; the other paths show which one is meant.
        placed = [
            (
                path,
                lead,
                place or (self.paths.locate(path, lead.path) if not lead.path.strip("./") else None),
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
        for path, lead, place in placed:
            if place is not None:
                by_base[place[0]].append((path, lead, place[1]))
        for base, items in by_base.items():
            exact = [lead for _, lead, _ in items if lead.path.strip("./")]
            first = [lead for path, lead, folder in items if is_below(path, folder) and lead.path.strip("./")]
            known = read_remotes(base) if base == self.workspace.root else ()
            self._own[base] = OwnSource(exact or [lead for _, lead, _ in items], first, urls, known)
        for path, lead, place in placed:
            if place is not None and self._own[place[0]].follows(lead):
                self.leads.setdefault(path, []).append((lead, *place))
            else:
                self.elsewhere.append((path, lead))

    def _follow_chart(self, chart: Place) -> bool:
        """Add the leads of a chart that nothing in the repository installs; tell whether it has any."""
        files = (chart, os.path.join(chart, CHART), os.path.join(chart, VALUES))
        if self.above.get(chart) or any(self.users.get(file) for file in files):
            return False
        reader = LeadReader(self.workspace)
        found = [(lead, self.paths.locate(chart, lead.path)) for lead in reader.read_chart_leads(chart)]
        placed = [(lead, place) for lead, place in found if place is not None]
        for lead, (base, _) in placed:
            known = read_remotes(base) if base == self.workspace.root else ()
            self._own.setdefault(base, OwnSource([lead for lead, _ in placed], (), {}, known))
        followed = [(lead, *place) for lead, place in placed if self._own[place[0]].follows(lead)]
        if followed:
            self.leads[chart] = followed
            self._add_place(chart)
        return bool(followed)

    def _add_place(self, place: Place) -> None:
        """Add the places that a place applies; a folder without a kustomization applies all its files."""
        stack = [place]
        while stack:
            here = stack.pop()
            if here in self.below:
                continue
            self.below[here] = [*dict.fromkeys(self._list_children(here))]
            for child in self.below[here]:
                self.above[child].append(here)
                is_known = child in self.index.listings or child in self.leads
                if not is_known and self.workspace.is_folder(child):
                    stack.append(child)

    def _list_children(self, place: Place) -> Iterator[Place]:
        listing = self.index.listings.get(place)
        directories = self._directories.get(place, ())
        for directory in directories:
            if directory.recurse:
                yield from list_directory_files(self.workspace, place, directory)
        if listing is not None:
            for name in (*listing.resources, *listing.components):
                if path := self._find_path(place, name):
                    yield path
            for name in listing.used:
                if path := self._find_path(place, name):
                    self._add_use(place, path)
        elif place in self.leads:
            for lead, _, path in self.leads[place]:
                if lead.used:
                    self._add_use(place, path)
                else:
                    yield path
        elif self.workspace.is_folder(place) and self.workspace.folder(place).get(CHART) is False:
            yield from list_chart_homes(place, self.workspace)
        elif self.workspace.is_folder(place):
            for directory in directories:
                yield from list_directory_files(self.workspace, place, directory)
            if not directories or place in self._as_flux:
                yield from self.workspace.listing(place)

    def _add_use(self, user: Place, path: Place) -> None:
        self.users[path].append(user)
        self.used[user].append(path)

    def _find_path(self, folder: str, name: str) -> str:
        """Return the path of an entry in the repository; empty if nothing is there."""
        if "\0" in name or "\n" in name:
            return ""
        path = os.path.normpath(os.path.join(folder, name))
        if self.workspace.is_folder(path) is None:
            return ""
        return self.workspace.canonical(path)
