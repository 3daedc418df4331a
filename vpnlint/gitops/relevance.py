"""Tells by a few files whether they can have a part in running a torrent client, without an index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, KUSTOMIZATIONS, VALUES
from vpnlint.files.listing import Listing, read_listing
from vpnlint.files.object_kinds import (
    BLAMED,
    CILIUM,
    ELSEWHERE,
    LEADING_GROUPS,
    NAMED,
    OPERATED_PREFIX,
    RUNS_PODS,
    VALUES_FROM,
    may_matter,
)
from vpnlint.files.selection import Selection
from vpnlint.files.tree import objects_of
from vpnlint.files.workspace import Workspace
from vpnlint.gitops.flux.kustomization import is_flux_kustomization, read_flux_lead
from vpnlint.gitops.source_paths import SourcePaths
from vpnlint.source.document import skim_documents
from vpnlint.source.node import Node

_CHART_FILES = (CHART, VALUES)
# Words by which any document that holds one may have a part.
_BY_WORD = tuple(word for word in ELSEWHERE if word not in (VALUES_FROM, *CILIUM))
# Objects besides kustomizations that use files: Applications and the like, and releases of local charts.
_USERS_OF_FILES = (*LEADING_GROUPS, "GitRepository", "Bucket")


def may_take_part(selection: Selection) -> bool:
    """Tell whether anything that was asked about may have a part in running a client.

    A file has none if neither it nor anything that it leads to mentions a client or is named by one, and if
    no kustomization or Application uses it: one that did would hold its name.
    """
    if selection.streams or selection.requested.folders:
        return True
    searches = {workspace: _Search(workspace, near) for workspace, near in selection.near.items()}
    return any(searches[workspace].may_take_part(path) for path, workspace in selection.named.items())


class _Search:
    """Searches one repository from a file along its references."""

    def __init__(self, workspace: Workspace, near: set[str]) -> None:
        self._workspace = workspace
        self._near = near
        self._paths = SourcePaths(workspace)
        self._seen: set[str] = set()

    def may_take_part(self, path: str) -> bool:
        """Tell whether a file that was asked about may have a part."""
        folder, name = os.path.split(path)
        if name in _CHART_FILES and self._workspace.folder(folder).get(CHART) is False:
            return True
        if name in KUSTOMIZATIONS:
            return self._leads_to_client(folder)
        return (
            self._leads_to_client(path)
            or any(self._uses(user, path) for user in self._find_naming(path))
            or self._is_changed(path)
        )

    def _is_changed(self, path: str) -> bool:
        """Tell whether a kustomization may make a client of a file, by an image or a patch in it."""
        changing = [
            item
            for item in self._near
            if os.path.basename(item) in KUSTOMIZATIONS and self._read_listing(item).changes
        ]
        # Which kustomizations use a component is known from the index only.
        return any(self._read_listing(item).component for item in changing) or path in self._find_listed(
            changing
        )

    def _find_listed(self, kustomizations: Iterable[str]) -> set[str]:
        """Return the places that kustomizations list, directly or not."""
        stack = [os.path.dirname(path) for path in kustomizations]
        listed: set[str] = set()
        while stack:
            here = stack.pop()
            if here not in listed:
                listed.add(here)
                path = self._workspace.kustomization(here)
                names = self._read_listing(path).resources if path is not None else ()
                stack += [item for name in names if (item := self._find_path(here, name))]
        return listed

    def _leads_to_client(self, place: str) -> bool:
        stack = [place]
        while stack:
            here = stack.pop()
            if here in self._seen:
                continue
            self._seen.add(here)
            below = self._follow_folder(here) if self._workspace.is_folder(here) else self._follow_file(here)
            if below is None:
                return True
            stack += below
        return False

    def _follow_folder(self, folder: str) -> list[str] | None:
        """Return the places that a folder leads to; None if it may have a part itself."""
        path = self._workspace.kustomization(folder)
        if path is None:
            return (
                None
                if self._workspace.folder(folder).get(CHART) is False
                else self._workspace.listing(folder)
            )
        listing = self._read_listing(path)
        if path in self._near or listing.component or self._is_named(listing.generated):
            return None
        used = [self._find_path(folder, name) for name in listing.used]
        if any(item in self._near for item in used):
            return None
        return [item for name in listing.resources if (item := self._find_path(folder, name))]

    def _follow_file(self, path: str) -> list[str] | None:
        """Return the folders that a file leads to; None if it may have a part itself."""
        data = self._workspace.read(path)
        if path in self._near:
            return None
        if not isinstance(data, bytes) or not may_matter(data):
            return []
        if any(map(data.__contains__, _BY_WORD)):
            return None
        folders: list[str] = []
        for root in self._read_objects(path):
            kind = root.text_at("kind")
            if kind in BLAMED or (kind == "Service" and OPERATED_PREFIX.encode() in data):
                return None
            if kind in NAMED and self._is_named((root.text_at("metadata", "name"),)):
                return None
            if self._may_give_values(tuple(_list_value_sources(root))):
                return None
            if kind in RUNS_PODS and any(map(data.__contains__, CILIUM)):
                return None
            if is_flux_kustomization(root):
                place = self._paths.locate(path, read_flux_lead(root).path)
                folders += [place[1]] if place is not None else []
            elif root.text_at("apiVersion").startswith(LEADING_GROUPS) or _has_own_chart(root):
                return None
        return folders

    def _read_objects(self, path: str) -> Iterator[Node]:
        text = self._workspace.text(path)
        if isinstance(text, str):
            for item in skim_documents(text, self._workspace.name(path), bool):
                if not isinstance(item.root, InputError):
                    yield from objects_of(item.root)

    def _is_named(self, names: tuple[str, ...]) -> bool:
        """Tell whether a file that mentions a client holds one of the names; a variable may hold any."""
        if any("${" in name for name in names):
            return True
        wanted = [name.encode() for name in names if name]
        return any(
            name in data
            for path in self._near
            if isinstance(data := self._workspace.read(path), bytes)
            for name in wanted
        )

    def _may_give_values(self, names: tuple[str, ...]) -> bool:
        """Tell whether a ConfigMap or Secret of these names may hold the name of a client."""
        if not names or self._is_named(names):
            return bool(names)
        return any(
            os.path.basename(user) in KUSTOMIZATIONS
            and not set(names).isdisjoint(self._read_listing(user).generated)
            and self._takes_from(user, path)
            for path in self._near
            for user in self._find_naming(path)
        )

    def _find_naming(self, path: str) -> Iterator[str]:
        """Yield the files that contain the name of a file, alone or after a slash, as a path would."""
        name = os.path.basename(path).encode()
        pattern = re.compile(rb"(?<![\w.-])" + re.escape(name))
        for other in self._workspace.files:
            data = self._workspace.read(other)
            if other != path and isinstance(data, bytes) and name in data and pattern.search(data):
                yield other

    def _uses(self, user: str, path: str) -> bool:
        """Tell whether a file that holds the name of another may use it as anything but a resource."""
        text = self._workspace.text(user)
        if os.path.basename(user) not in KUSTOMIZATIONS:
            return isinstance(text, str) and any(map(text.__contains__, _USERS_OF_FILES))
        # A file without a client's name matters only to the places that the kustomization leads to.
        return self._takes_from(user, path) and self._leads_to_client(os.path.dirname(user))

    def _takes_from(self, user: str, path: str) -> bool:
        """Tell whether a kustomization uses a file as anything but a resource."""
        folder = os.path.dirname(user)
        return any(self._find_path(folder, name) == path for name in self._read_listing(user).used)

    def _read_listing(self, path: str) -> Listing:
        text = self._workspace.text(path)
        items = skim_documents(text, self._workspace.name(path), bool) if isinstance(text, str) else ()
        return read_listing([item.root for item in items if not isinstance(item.root, InputError)])

    def _find_path(self, folder: str, name: str) -> str:
        path = os.path.normpath(os.path.join(folder, name))
        return self._workspace.canonical(path) if self._workspace.is_folder(path) is not None else ""


def _list_value_sources(root: Node) -> Iterator[str]:
    """Yield the names of the ConfigMaps and Secrets that a HelmRelease takes values from."""
    for reference in root.items("spec", "valuesFrom"):
        yield reference.text_at("name") or "${"


def _has_own_chart(root: Node) -> bool:
    """Tell whether a HelmRelease takes its chart from a source of files, which may be the repository."""
    return root.text_at("spec", "chart", "spec", "sourceRef", "kind") in ("GitRepository", "Bucket")
