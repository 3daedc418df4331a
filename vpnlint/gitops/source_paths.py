"""Where the paths that Flux and Argo CD sources name are in the repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

from vpnlint.files.facts import Lead
from vpnlint.files.inside import is_below
from vpnlint.files.workspace import Workspace

# Takes a file (absolute) and a path that an object in it names; returns its place in the repository, or None.
Locate: TypeAlias = Callable[[str, Lead], str | None]


class SourcePaths:
    """Finds paths of sources in a repository, and remembers the roots that they are relative to."""

    def __init__(self, workspace: Workspace) -> None:
        """Take the files of the repository."""
        self._workspace = workspace
        self._is_git = os.path.lexists(os.path.join(workspace.root, ".git"))
        self._bases: set[str] = set()
        self._known: dict[tuple[str, str], tuple[str, str] | None] = {}

    def locate(self, file: str, path: str) -> tuple[str, str] | None:
        """Return the source's root and the place of a path in it, for a reference in a file (absolute).

        None where the path is not in the repository. `..` never leads out of a source (kustomize-controller,
        securejoin.SecureJoin). A path is relative to the repository's root, or to the nearest folder above
        the file in which it exists: an artifact may be a part of the repository, and a folder may hold copies
        of several.
        """
        path = os.path.normpath(os.path.join("/", path.strip("/"))).strip("/") or "."
        if "${" in path or "\0" in path:
            return None
        if path == ".":
            base = self.find_base(file)
            return (base, base) if base else None
        key = (os.path.dirname(file), path)
        if key not in self._known:
            self._known[key] = self._search(*key)
        return self._known[key]

    def find_base(self, place: str) -> str:
        """Return the innermost root above a place that paths were found to be relative to.

        Without one, the root of the git repository, or an empty text outside of git.
        """
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


def locate_anywhere(workspace: Workspace) -> Locate:
    """Return a function that finds the place of a lead, taking every source for this repository."""
    paths = SourcePaths(workspace)

    def locate(file: str, lead: Lead) -> str | None:
        place = paths.locate(file, lead.path)
        return place[1] if place is not None else None

    return locate
