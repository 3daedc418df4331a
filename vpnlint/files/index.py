"""The facts of a repository: each file is read once, and parsed where it can matter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from vpnlint.errors import InputError
from vpnlint.files.chart_homes import is_filled_in
from vpnlint.files.discover import CHART, KUSTOMIZATIONS, VALUES, is_template
from vpnlint.files.document_facts import FactReader, find_words, is_named_in_prose
from vpnlint.files.facts import FileFacts, Lead, Place
from vpnlint.files.known_facts import KnownFacts, is_asked_for
from vpnlint.files.listing import Listing, encode_lower, find_outside, find_remote, read_listing
from vpnlint.files.node_configs import may_configure_nodes
from vpnlint.files.object_kinds import may_matter
from vpnlint.files.workspace import Workspace
from vpnlint.source.document import SkimmedDocument, skim_documents
from vpnlint.source.node import Node
from vpnlint.source.stream import is_one_document

_TEMPLATES = f"{os.sep}templates"


class Index(KnownFacts):
    """Finds the facts of a repository, and renews those of a file that changed.

    near: the files that name a torrent client. concerns tells of bytes in lower case whether they do,
    is_client of an image whether it runs one. leads_of returns where an object leads. every: follow also what
    has to do with no torrent client.
    """

    def __init__(
        self,
        workspace: Workspace,
        near: set[Place],
        concerns: Callable[[bytes], bool],
        is_client: Callable[[str], bool],
        leads_of: Callable[[Node], tuple[Lead, ...]],
        *,
        every: bool = False,
    ) -> None:
        """Take the repository's files, with nothing read."""
        super().__init__(workspace, near, every=every)
        self._concerns = concerns
        self._reader = FactReader(concerns, is_client, leads_of, every=every)
        self._near_folders = {os.path.dirname(path) for path in near}

    def build(self) -> None:
        """Parse the files that can matter, and remember the facts of each."""
        for path in self.workspace.files:
            data = self.workspace.read(path)
            if isinstance(data, bytes):
                self._add(path, data)
        self._add_listed()

    def _add_listed(self) -> None:
        """Read what is applied though it looks like no manifest.

        Kustomize takes a resource of any name, and what is listed may lie among the templates of a chart.
        """
        known = set(self.workspace.files)
        waiting = [*self._list_applied(self.listings, self.files)]
        while waiting:
            place = waiting.pop()
            if place in known or (is_folder := self.workspace.is_folder(place)) is None:
                continue
            known.add(place)
            if is_folder:
                listing = self.workspace.kustomization(place)
                if _TEMPLATES in place and is_template(os.path.join(place, CHART)):
                    waiting += [listing] if listing is not None else self.workspace.listing(place)
                continue
            data = self.workspace.read(place)
            if isinstance(data, bytes):
                self.workspace.add(place)
                if self._concerns(data.lower()):
                    self._near.add(place)
                    self._near_folders.add(os.path.dirname(place))
                self._add(place, data)
                waiting += self._list_applied([os.path.dirname(place)], [place])

    def _list_applied(self, folders: Iterable[Place], files: Iterable[Place]) -> Iterator[Place]:
        """Yield the places that kustomizations in folders list, and that objects in files lead to."""
        for folder in folders:
            for name in self.listings.get(folder, Listing()).resources:
                if "://" not in name and "\0" not in name:
                    yield os.path.normpath(os.path.join(folder, name))
        for path in files:
            for item in self.files[path].objects if path in self.files else ():
                for lead in item.leads:
                    if _TEMPLATES in f"/{lead.path}" and "\0" not in lead.path:
                        yield os.path.normpath(os.path.join(self.workspace.root, lead.path.strip("/")))

    def renew(self, path: Place) -> bool:
        """Read the facts of one file anew, whose text has changed.

        Return whether anything changed that tells what leads to what: the kinds and names of its objects,
        their leads, what a kustomization lists, whether it names a torrent client.
        """
        folder = os.path.dirname(path)
        before, was_near = self._shape(path), folder in self._near_folders
        placeholder = self._forget(path)
        data = self.workspace.read(path)
        if isinstance(data, bytes):
            if self._concerns(data.lower()):
                self._near.add(path)
            self._near_folders = {os.path.dirname(near) for near in self._near}
            self._add(path, data)
        if self.files.get(path) is placeholder and not (placeholder and placeholder.problems):
            self.files.pop(path, None)
        if (folder in self._near_folders) == was_near:
            return self._shape(path) != before
        # What stands beside a torrent client is read, too.
        for other in self.workspace.files:
            if other != path and os.path.dirname(other) == folder:
                self.renew(other)
        return True

    def _forget(self, path: Place) -> FileFacts | None:
        """Forget what a file held; return the empty facts that keep its place among the others."""
        folder, name = os.path.split(path)
        placeholder = FileFacts() if path in self.files else None
        if placeholder is not None:
            self.files[path] = placeholder
        if name != CHART:  # a chart may be near for its templates
            self._near.discard(path)
        self.changing.discard(path)
        self.node_configs.discard(path)
        self._variables.pop(path, None)
        self._near_folders = {os.path.dirname(near) for near in self._near}
        self._named.pop(path, None)
        self._held.forget(path)
        if name in KUSTOMIZATIONS and self.workspace.kustomization(folder) == path:
            self.listings[folder] = Listing()
            self.changing.discard(folder)
            self.outside.pop(folder, None)
            self.remote.pop(folder, None)
            self._named.pop(folder, None)
        elif name in (CHART, VALUES) and self._near.isdisjoint(
            os.path.join(folder, other) for other in (CHART, VALUES)
        ):
            self.charts.discard(folder)
        return placeholder

    def _shape(self, path: Place) -> tuple[object, ...]:
        """Return what others rest on of a file."""
        folder = os.path.dirname(path)
        facts = self.files.get(path, FileFacts())
        return (
            path in self._near,
            [item._replace(line=0) for item in facts.objects],
            bool(facts.client_line),
            self._named.get(path),
            self.listings.get(folder),
            self._named.get(folder),
            folder in self.charts,
        )

    def _add(self, path: Place, data: bytes) -> None:
        folder, name = os.path.split(path)
        near = path in self._near
        if may_configure_nodes(data):
            self.node_configs.add(path)
        if name in (CHART, VALUES) and near:
            self.charts.add(folder)
        if name in KUSTOMIZATIONS:
            self._add_listing(path, folder)
        elif near or self._every or may_matter(data, beside=folder in self._near_folders):
            self._add_objects(path)
        self.workspace.drop(path)

    def _add_objects(self, path: Place) -> None:
        facts = FileFacts()
        self.files[path] = facts
        left_out = False

        def may_matter(chunk: str) -> bool:
            nonlocal left_out
            matters = self._reader.may_matter(chunk)
            left_out = left_out or not matters
            return matters

        documents = [*self._skim(path, may_matter)]
        for document in documents:
            self._add_document(path, facts, document)
        needed = not left_out and any(map(is_asked_for, facts.objects))
        self.workspace.parsed.keep(path, documents, needed=needed)

    def _skim(self, path: Place, wanted: Callable[[str], object]) -> Iterator[SkimmedDocument]:
        text = self.workspace.text(path)
        if isinstance(text, InputError):
            self.files.setdefault(path, FileFacts()).problems.append(text)
        elif text is not None:
            # Of a file with one document it is known that it may matter.
            wanted = bool if is_one_document(text) else wanted
            yield from skim_documents(text, self.workspace.name(path), wanted)

    def _add_document(self, path: Place, facts: FileFacts, item: SkimmedDocument) -> None:
        if isinstance(item.root, InputError):
            text = self.workspace.text(path)
            known = isinstance(text, str) and (
                is_filled_in(path, text, self.workspace) or is_named_in_prose(text, self._names_client)
            )
            facts.problems += [] if known else [item.root]
        elif item.source is not None:
            beside = os.path.dirname(path) in self._near_folders
            near = path in self._near
            found = self._reader.read(item, item.root, item.source, near=near, beside=beside)
            facts.objects += found.objects
            if found.changes:
                self.changing.add(path)
            if found.variables:
                self._variables.setdefault(path, []).extend(found.variables)
            self._held.add(path, found.words)
            if found.named:
                self._named.setdefault(path, []).extend(found.named)
            facts.client_line = facts.client_line or found.client_line

    def _names_client(self, text: str) -> bool:
        return self._concerns(encode_lower(text))

    def _add_listing(self, path: Place, folder: Place) -> None:
        if self.workspace.kustomization(folder) != path:
            return
        roots = []
        documents = [*self._skim(path, bool)]
        for item in documents:
            if isinstance(item.root, InputError):
                self.files.setdefault(path, FileFacts()).problems.append(item.root)
                continue
            roots.append(item.root)
            # What an inline patch adds to a Pod may name objects that nothing else names.
            if "patch" in item.text:
                self._held.add(path, find_words(item.text))
        listing = read_listing(roots)
        self.listings[folder] = listing
        self.outside[folder] = [*find_outside(roots, folder, self.workspace)]
        self.remote[folder] = [node for node in find_remote(roots) if self._names_client(node.text)]
        listed = (os.path.normpath(os.path.join(folder, name)) for name in listing.resources)
        copies_client = listing.copies and not self._near.isdisjoint(listed)
        if copies_client or any(map(self._names_client, listing.changes)):
            self.changing.add(folder)
        if listing.generated:
            self._named[folder] = list(listing.generated)
        self.workspace.parsed.keep(path, documents, needed=True)
