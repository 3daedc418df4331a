"""One kustomization as it is read: its entries, the files that it names, and what cannot be had of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from vpnlint.errors import InputError
from vpnlint.files.inside import OUTSIDE
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize import patches
from vpnlint.source.budget import Budget
from vpnlint.source.node import Node

_REMOTE = ("://", "git@", "github.com/", "?ref=", "git::")


@dataclass(frozen=True)
class Kustomization:
    """The mapping of a kustomization file or of what is put on top, and the folder of its paths.

    budget: that of the build. absent and problems are added to: what could not be had, and what kustomize
    would refuse.
    """

    root: Node
    folder: str
    tree: Tree
    budget: Budget
    absent: list[InputError]
    problems: list[InputError]

    def entries(self, *keys: str) -> list[Node]:
        """Return the items of the lists under these keys."""
        return list_entries(self.root, *keys)

    def path(self, entry: Node) -> str | None:
        """Return the path that an entry names, or None, with a note, where nothing is there.

        One that leads out of the repository is a problem.
        """
        name = entry.text
        path = os.path.normpath(os.path.join(self.folder, name))
        if name and "://" not in name and self.tree.leads_outside(path):
            self.problems.append(entry.error(f"{name} {OUTSIDE}"))
            return None
        is_folder = self.tree.is_folder(path) if name else None
        if is_folder is False and not os.path.isfile(path):
            self.problems.append(entry.error(f"{name} is a pipe or a device, not a file; it is not read"))
            return None
        if is_folder is not None:
            return path
        remote = any(mark in name for mark in _REMOTE)
        self.absent.append(entry.error(f"{name} is remote" if remote else f"{name} is not there"))
        return None

    def patches(self, *keys: str) -> Iterator[tuple[patches.Patch, set[str]]]:
        """Yield the patches under these keys, each with the files that it stands in."""
        for key in keys:
            for entry in self.entries(key):
                body = self.body(entry)
                try:
                    for patch in (
                        patches.read_patches(self.tree.within(body), entry) if body is not None else ()
                    ):
                        yield patch, {entry.file, patch.body.file}
                except InputError as error:
                    self.problems.append(error)

    def body(self, entry: Node) -> Node | None:
        """Return the text of a patch: the entry, the file that it names, or its `patch`."""
        if "\n" in entry.text or ":" in entry.text:
            return entry
        path = entry if entry.text else entry.get("path")
        file = self.path(path) if path is not None else None
        return self.tree.content(file) if file is not None else entry.get("patch")

    def replacements(self) -> Iterator[Node]:
        """Yield the replacements, those of files that are named among them."""
        for entry in self.entries("replacements"):
            if "path" not in entry.map:
                yield entry
                continue
            file = self.path(entry.map["path"])
            for document in self.tree.documents(file) if file is not None else []:
                yield from document.list or [document]


def list_entries(root: Node, *keys: str) -> list[Node]:
    """Return the items of the lists under these keys of a mapping."""
    found = [root.get(key) for key in keys]
    return [item for node in found if node is not None for item in node.list]
