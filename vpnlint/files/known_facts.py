"""What is known of a repository's files and folders, and what that says of each."""

from __future__ import annotations

from vpnlint.errors import InputError
from vpnlint.files.facts import FileFacts, ObjectFacts, Place
from vpnlint.files.held_names import HeldNames
from vpnlint.files.listing import Listing
from vpnlint.files.object_kinds import (
    BESIDE_WORDS,
    BLAMED,
    NAMED,
    RUN_NO_CLIENT,
    SOURCES,
    holds_word,
    is_read_when_led_to,
)
from vpnlint.files.workspace import Workspace
from vpnlint.source.node import Node


class KnownFacts:
    """The facts of a repository, for who asks of a place whether it matters."""

    def __init__(self, workspace: Workspace, near: set[Place], *, every: bool) -> None:
        """Start with no facts. near: the files that name a torrent client. every: everything matters."""
        self.workspace = workspace
        self._every = every
        self.files: dict[Place, FileFacts] = {}
        self.listings: dict[Place, Listing] = {}
        self.charts: set[Place] = set()
        self.outside: dict[Place, list[InputError]] = {}
        """Problems at paths that lead out of the repository, by the kustomization's folder."""
        self.remote: dict[Place, list[Node]] = {}
        """Entries that kustomize would fetch and that name a client, by the kustomization's folder."""
        self.changing: set[Place] = set()
        """Kustomizations (their folders) and files that make a client of objects which may name none."""
        self.node_configs: set[Place] = set()
        """Files that may say which addresses the Pods of a cluster get."""
        self._variables: dict[Place, list[str]] = {}
        self._held = HeldNames()
        self._named: dict[Place, list[str]] = {}
        self._near = near
        self.whole: set[Place] = set()
        """Files of which every document is read."""

    def is_near(self, path: Place) -> bool:
        """Tell whether the text of a file speaks of a torrent client."""
        return path in self._near

    def speaks_of_client(self, place: Place) -> bool:
        """Tell whether a file or folder by itself may run a torrent client, or a gateway for one."""
        facts = self.files.get(place)
        if facts is not None and any(
            item.client or (item.matters and item.kind not in RUN_NO_CLIENT) for item in facts.objects
        ):
            return True
        return place in self.charts or place in self._near or place in self.changing

    def takes_client_image(self, path: Place) -> bool:
        """Tell whether an object in a file names a ConfigMap that holds the image of a client."""
        return any(self._held.is_held_by(path, name) for names in self._variables.values() for name in names)

    def objects(self, path: Place) -> list[ObjectFacts]:
        """Return the facts of the objects in a file."""
        facts = self.files.get(path)
        return facts.objects if facts is not None else []

    def client_files(self) -> list[Place]:
        """Return the files that name an image or a chart of a torrent client, in an object or elsewhere."""
        return [
            path
            for path, facts in self.files.items()
            if facts.client_line or any(item.client for item in facts.objects)
        ]

    def chart_sources(self) -> list[Place]:
        """Return the files with objects that say where charts are from."""
        return [
            path
            for path, facts in self.files.items()
            if any(item.kind in SOURCES or item.kind == "HelmChart" for item in facts.objects)
        ]

    def names_what_matters(self, place: Place) -> bool:
        """Tell whether a file or folder holds an object that something that matters names."""
        return any(map(self._held.may_hold, self._named.get(place, ())))

    def may_be_blamed(self, place: Place) -> bool:
        """Tell whether a finding about a client elsewhere, or about a VPN alone, may point at a file."""
        return any(
            item.kind in BLAMED or (item.matters and (item.carries or item.kind == "Service"))
            for item in self.objects(place)
        )

    def matters(self, place: Place) -> bool:
        """Tell whether what a file or folder holds matters by itself, and not only by what it leads to."""
        if self._every:
            return True
        facts = self.files.get(place)
        if facts is not None and any(item.matters or item.carries for item in facts.objects):
            return True
        return place in self.charts or self.names_what_matters(place)

    def wanted(self, path: Place, document: int) -> bool:
        """Tell whether a document of a file matters, or leads somewhere."""
        if self._every or path in self.whole:
            return True
        facts = self.files.get(path)
        if facts is None:
            data = self.workspace.read(path)
            return isinstance(data, bytes) and holds_word(data, BESIDE_WORDS)
        return any(
            item.document == document and (is_asked_for(item) or self._is_met(item)) for item in facts.objects
        )

    def _is_met(self, item: ObjectFacts) -> bool:
        return item.kind in NAMED and self._held.may_hold(item.name)


def is_asked_for(item: ObjectFacts) -> bool:
    """Tell whether an object is read wherever something leads to its file."""
    speaks = item.matters or item.carries or item.near
    return speaks or bool(item.leads) or is_read_when_led_to(item.kind, item.group)
