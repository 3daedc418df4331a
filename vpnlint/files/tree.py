"""The files of a repository as the resolver reads them: each once, only the documents that are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable

from vpnlint.errors import InputError
from vpnlint.files.discover import KUSTOMIZATIONS, shown
from vpnlint.files.reading import decode, read
from vpnlint.source.budget import Budget
from vpnlint.source.document import Content, Document, parse, parse_within
from vpnlint.source.node import Node

_YAML = (".yaml", ".yml")


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

    wanted is asked of the text of each document of a manifest; one of which it says no is never parsed, but for those of the
    files that are read whole, by the names that users see.
    """

    def __init__(self, wanted: Callable[[str], object] | None = None, whole: Container[str] = ()) -> None:
        """Start with nothing read."""
        self._wanted = wanted
        self._whole = whole
        self._texts: dict[str, str | InputError] = {}
        self._manifests: dict[str, list[Node]] = {}
        self._seen: set[str] = set()
        self._names: dict[str, str] = {}
        self._documents: dict[str, list[Node]] = {}
        self._folders: dict[str, dict[str, bool]] = {}
        self._listings: dict[str, list[str]] = {}
        self._within: dict[tuple[str, tuple[int, int, int, int], str], list[Document | InputError]] = {}
        self.problems: dict[str, list[InputError]] = {}
        self.budget = Budget()

    def name(self, path: str) -> str:
        """Return what users see of an absolute path."""
        if path not in self._names:
            self._names[path] = shown(path)
        return self._names[path]

    def folder(self, folder: str) -> dict[str, bool]:
        """Return what lies in a folder, by name: whether it is a folder itself. Nothing where it is none."""
        if folder not in self._folders:
            try:
                with os.scandir(folder) as scan:
                    self._folders[folder] = {entry.name: entry.is_dir() for entry in sorted(scan, key=_name)}
            except OSError:
                self._folders[folder] = {}
        return self._folders[folder]

    def is_folder(self, path: str) -> bool | None:
        """Tell whether a folder (True) or a file (False) is at a path; None where nothing is."""
        parent, name = os.path.split(path)
        return self.folder(parent).get(name) if name else os.path.isdir(path)

    def kustomization(self, folder: str) -> str | None:
        """Return the path of the folder's kustomization file, or None where it has none."""
        names = self.folder(folder)
        found = next((name for name in KUSTOMIZATIONS if names.get(name) is False), None)
        return f"{folder}{os.sep}{found}" if found is not None else None

    def listing(self, folder: str) -> list[str]:
        """Return what Flux takes of a folder without a kustomization: all manifests below it, and folders that have one.

        Source: fluxcd/pkg kustomize v1.18, kustomize_generator.go (scanManifests).
        """
        if folder not in self._listings:
            found: list[str] = []
            for name, is_folder in self.folder(folder).items():
                path = f"{folder}{os.sep}{name}"
                if is_folder and self.kustomization(path) is not None:
                    found.append(path)
                elif is_folder and name != ".git":
                    found += self.listing(path)
                elif not is_folder and name.endswith(_YAML) and not name.startswith("."):
                    found.append(path)
            self._listings[folder] = found
        return self._listings[folder]

    def text(self, path: str) -> str | None:
        """Return a file's text; None where it cannot be read."""
        if path not in self._texts:
            self._texts[path] = _text(self.name(path))
        found = self._texts[path]
        return None if isinstance(found, InputError) else found

    def content(self, path: str) -> Content | None:
        """Return a file's text as one scalar; None where it cannot be read."""
        text = self.text(path)
        return Content(text, self.name(path)) if text is not None else None

    def manifest(self, path: str) -> list[Node]:
        """Return the objects of a file that are wanted, those of a List one by one."""
        if path not in self._manifests:
            self._seen.add(path)
            name = self.name(path)
            wanted = None if name in self._whole else self._wanted
            documents = parse(self.text(path) or "", name, wanted)
            self._manifests[path] = self.objects(documents, name)
        return self._manifests[path]

    def forget(self, kept: Container[str]) -> None:
        """Drop the objects of all files but some, to read them again should they be asked for: memory is not without end."""
        for path in [path for path in self._manifests if path not in kept]:
            del self._manifests[path]
            self._texts.pop(path, None)
        self._within.clear()

    def documents(self, path: str) -> list[Node]:
        """Return the roots of all documents of a file, such as a kustomization or a patch."""
        if path not in self._documents:
            name = self.name(path)
            self._documents[path] = self._roots(parse(self.text(path) or "", name), name)
        return self._documents[path]

    def within(self, node: Node) -> list[Document | InputError]:
        """Return the documents that a string holds, such as an inline patch; the same one is read only once."""
        key = (node.file, node.place, node.text)
        if key not in self._within:
            self._within[key] = list(parse_within(node))
        return self._within[key]

    def problems_of(self, path: str) -> list[InputError]:
        """Return what is wrong with a file's manifests, which are read if nobody did so before."""
        if path not in self._seen:
            self.manifest(path)
        return self.problems.get(self.name(path), [])

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


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


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
