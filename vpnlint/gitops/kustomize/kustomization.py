"""One kustomization: its entries, the files that it names, and notes on those that cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.files.inside import OUTSIDE
from vpnlint.files.listing import REMOTE_MARKS
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize import patches
from vpnlint.source.budget import Budget
from vpnlint.source.document import TextNode
from vpnlint.source.node import Node


class Kustomization(NamedTuple):
    """The mapping of a kustomization file or of an overlay, and the folder that its paths are relative to.

    budget: that of the build. absent and problems take notes on missing files and on errors at which
    kustomize would stop, removed the files of objects that patches delete.
    """

    root: Node
    folder: str
    tree: Tree
    budget: Budget
    absent: list[InputError]
    problems: list[InputError]
    removed: list[str]

    def list_entries(self, *keys: str) -> list[Node]:
        """Return the items of the lists under these keys."""
        return [item for key in keys for item in self.root.items(key)]

    def find_path(self, entry: Node) -> str | None:
        """Return the path that an entry names; None, with a note, if nothing is there.

        A path that leads out of the repository is a problem.
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
        remote = any(mark in name for mark in REMOTE_MARKS)
        self.absent.append(entry.error(f"{name} is remote" if remote else f"{name} is not there"))
        return None

    def read_content(self, name: str, entry: Node) -> TextNode | None:
        """Return the text of a file, and pay for it; None, with a note, if nothing is there."""
        path = self.find_path(Node.make(name, entry))
        text = self.tree.content(path) if path is not None else None
        if text is not None:
            self.budget.spend(entry, text=len(text.text))
        return text

    def read_patches(self, *keys: str) -> Iterator[tuple[patches.Patch, set[str]]]:
        """Yield the patches under these keys, each with the files that it is written in."""
        for key in keys:
            for entry in self.list_entries(key):
                body = self.find_body(entry)
                try:
                    for patch in (
                        patches.read_patches(self.tree.within(body), entry) if body is not None else ()
                    ):
                        yield patch, {entry.file, patch.body.file}
                except InputError as error:
                    self.problems.append(error)

    def find_body(self, entry: Node) -> Node | None:
        """Return the text of a patch: the entry, the file that it names, or its `patch`."""
        if "\n" in entry.text or ":" in entry.text:
            return entry
        path = entry if entry.text else entry.get("path")
        file = self.find_path(path) if path is not None else None
        return self.tree.content(file) if file is not None else entry.get("patch")

    def list_replacements(self) -> Iterator[Node]:
        """Yield the replacements, including those of the files that they name."""
        for entry in self.list_entries("replacements"):
            if "path" not in entry.map:
                yield entry
                continue
            file = self.find_path(entry.map["path"])
            for document in self.tree.documents(file) if file is not None else []:
                yield from document.list or [document]


def merge_overlay(root: Node, overlay: Node | None) -> Node:
    """Return a kustomization with further keys.

    Lists go after its own, mappings over its own; anything else replaces its own.
    """
    if overlay is None:
        return root
    merged = dict(root.map)
    for key, node in overlay.map.items():
        own = merged.get(key)
        if own is not None and node.list:
            node = Node.make([*own.list, *node.list], node)
        elif own is not None and node.map:
            node = Node.make({**own.map, **node.map}, node)
        merged[key] = node
    return Node.make(merged, root)
