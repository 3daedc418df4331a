"""What a run is about, of all that is read for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from vpnlint.errors import DuplicateKey, InputError, in_order
from vpnlint.files.chart_homes import is_filled_in
from vpnlint.files.discover import KUSTOMIZATIONS, YAML
from vpnlint.files.listing import find_outside
from vpnlint.files.reading import File
from vpnlint.files.requested import Requested
from vpnlint.files.tree import Tree
from vpnlint.files.unread import UnreadFile
from vpnlint.files.workspace import Workspace

# Of Go and Helm, of Jinja, of Terraform, and of Ruby.
_TEMPLATE = ("{{", "{%", "%{", "<%")


class Selection:
    """What a run is about: repositories, which of their files were asked about, and streams.

    named: the files (absolute) that were named themselves. near: the files of each repository that name a
    torrent client. unread: files that were asked about, that vpnlint does not read, and that may name one.
    lists_client: whether a kustomization may list a file that names one and is called as no manifest is.
    """

    def __init__(
        self,
        requested: Requested,
        concerns: Callable[[bytes], bool],
        workspaces: Sequence[Workspace] = (),
    ) -> None:
        """Take what was asked about, and what tells of bytes in lower case whether they name a client."""
        self.requested = requested
        self.concerns = concerns
        self.workspaces = [*workspaces]
        self.streams: list[File] = []
        self.named: dict[str, Workspace] = {}
        self.near: dict[Workspace, set[str]] = {}
        self.unread: list[UnreadFile] = []
        self.lists_client = False
        self.count = 0
        self.unreadable: list[InputError] = []

    @property
    def meets_client(self) -> bool:
        """Whether anything names a torrent client, by a search of its bytes."""
        return bool(self.streams) or any(self.near.values()) or self.lists_client

    def find_unread_clients(self, is_client: Callable[[str], bool]) -> tuple[InputError, ...]:
        """Return a note at each torrent client in a file that vpnlint does not read."""
        notes = [file.find_client(is_client) for file in self.unread]
        return in_order([note for note in notes if note is not None])

    def problems(self) -> tuple[InputError, ...]:
        """Return which files that were asked about cannot be read, and what is malformed in named ones.

        A template of another program is no YAML, and nobody refuses it.
        """
        found = [*self.unreadable]
        for path, workspace in self.named.items():
            is_kustomization = os.path.basename(path) in KUSTOMIZATIONS
            if not is_kustomization and not path.endswith(YAML):
                continue
            tree = Tree(workspace)
            documents = tree.documents(path)
            text = tree.text(path)
            if is_kustomization or text is None or not self._is_template(path, text, workspace):
                is_near = path in self.near.get(workspace, ())
                # Of what has to do with no client a run over all does not say these.
                found += [
                    problem
                    for problem in tree.problems.get(tree.name(path), [])
                    if is_near or not isinstance(problem, DuplicateKey)
                ]
            if is_kustomization:
                found += find_outside(documents, os.path.dirname(path), workspace)
        return in_order(found)

    def _is_template(self, path: str, text: str, workspace: Workspace) -> bool:
        """Tell whether a file may be a template of a chart, or of another program and without a client."""
        if is_filled_in(path, text, workspace):
            return True
        is_manifest = "apiVersion" in text and "kind" in text
        is_near = path in self.near.get(workspace, ())
        return not is_manifest and not is_near and any(mark in text for mark in _TEMPLATE)
