"""The files of a repository as the resolver reads them: each once, only the documents that are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from vpnlint.discover import shown
from vpnlint.document import Content, Document, parse
from vpnlint.errors import InputError
from vpnlint.files import decode, read
from vpnlint.node import Node

YAML = (".yaml", ".yml", ".json")
# What kustomize takes as a kustomization, the first that is there.
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def source_root(file: str, path: str) -> str | None:
    """Return the folder from which a source's path counts: the nearest above the file (absolute) in which it exists.

    None where it exists nowhere. Every folder holds `.`, so that one counts from the repository's own folder.
    """
    base = os.path.dirname(file)
    while True:
        there = os.path.exists(os.path.join(base, path)) if path != "." else False
        if there or (path == "." and os.path.exists(os.path.join(base, ".git"))):
            return base
        parent = os.path.dirname(base)
        if parent == base:
            return None
        base = parent


class Tree:
    """Reads files and folders by their absolute paths, and remembers what it read; Nodes name the paths as users see them.

    wanted is asked of the text of each document of a manifest; one of which it says no is never parsed.
    """

    def __init__(self, wanted: Callable[[str], object] | None = None) -> None:
        """Start with nothing read."""
        self._wanted = wanted
        self._texts: dict[str, str | InputError] = {}
        self._manifests: dict[str, list[Node]] = {}
        self._documents: dict[str, list[Node]] = {}
        self._folders: dict[str, list[os.DirEntry[str]]] = {}
        self.problems: dict[str, list[InputError]] = {}

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Return what lies in a folder, by name; nothing where it is none."""
        if folder not in self._folders:
            try:
                with os.scandir(folder) as scan:
                    self._folders[folder] = sorted(scan, key=lambda entry: entry.name)
            except OSError:
                self._folders[folder] = []
        return self._folders[folder]

    def kustomization(self, folder: str) -> str | None:
        """Return the path of the folder's kustomization file, or None where it has none."""
        names = {entry.name for entry in self.entries(folder)}
        found = next((name for name in KUSTOMIZATIONS if name in names), None)
        return os.path.normpath(os.path.join(folder, found)) if found is not None else None

    def text(self, path: str) -> str | None:
        """Return a file's text; None where it cannot be read."""
        if path not in self._texts:
            self._texts[path] = _text(shown(path))
        found = self._texts[path]
        return None if isinstance(found, InputError) else found

    def content(self, path: str) -> Content | None:
        """Return a file's text as one scalar; None where it cannot be read."""
        text = self.text(path)
        return Content(text, shown(path)) if text is not None else None

    def manifest(self, path: str) -> list[Node]:
        """Return the objects of a file that are wanted, those of a List one by one."""
        if path not in self._manifests:
            name = shown(path)
            documents = parse(self.text(path) or "", name, self._wanted)
            self._manifests[path] = self.objects(documents, name)
        return self._manifests[path]

    def documents(self, path: str) -> list[Node]:
        """Return the roots of all documents of a file, such as a kustomization or a patch."""
        if path not in self._documents:
            name = shown(path)
            self._documents[path] = self._roots(parse(self.text(path) or "", name), name)
        return self._documents[path]

    def objects(self, documents: Iterable[Document | InputError], name: str) -> list[Node]:
        """Return the objects in the documents of a file, by the name that users see; what is wrong is remembered."""
        return [item for root in self._roots(documents, name) for item in _objects(root)]

    def _roots(self, documents: Iterable[Document | InputError], name: str) -> list[Node]:
        roots = []
        for document in documents:
            if isinstance(document, Document):
                roots.append(document.root)
                # What Flux refuses is no matter in a file that is not for it.
                problems = document.problems if "apiVersion" in document.root.map else ()
            else:
                problems = (document,)
            for problem in problems:
                self.problems.setdefault(name, []).append(problem)
        return roots


def _text(path: str) -> str | InputError:
    file = read(path, lambda _: True)
    if file is None:
        return InputError(path, "encrypted by git-crypt")
    if isinstance(file, InputError):
        return file
    try:
        return decode(file)
    except InputError as error:
        return error


def _objects(root: Node) -> list[Node]:
    kind, items = root.get("kind"), root.get("items")
    if (
        kind is not None
        and kind.text.endswith("List")
        and items is not None
        and isinstance(items.value, list)
    ):
        return [item for item in items.list if item.map]
    return [root] if root.map else []
