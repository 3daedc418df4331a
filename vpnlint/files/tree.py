"""The documents of a repository as the resolver reads them: parsed once, only those that are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator

from vpnlint.errors import InputError
from vpnlint.files.workspace import Workspace
from vpnlint.source.budget import Budget
from vpnlint.source.document import Document, TextNode, inspect_documents, parse_documents, parse_embedded
from vpnlint.source.node import Node

# How many characters of charts and values may be used again: some, and some times the repository's size.
_MOST_AGAIN, _TIMES_AGAIN = 4 << 20, 4


class Tree:
    """Parses files by their absolute paths, and remembers them; Nodes name the paths as users see them.

    wanted tells of a file (absolute) and the number of a document in it whether that document matters; one of
    which it says no is never parsed.
    """

    def __init__(
        self, workspace: Workspace | None = None, wanted: Callable[[str, int], bool] | None = None
    ) -> None:
        """Take the files (None: all of the machine's), with nothing parsed."""
        self.workspace = workspace if workspace is not None else Workspace()
        self._wanted = wanted
        self._manifests: dict[str, list[Node]] = {}
        self._documents: dict[str, list[Node]] = {}
        self._contents: dict[str, TextNode] = {}
        self._again = 0
        self._within: dict[tuple[str, tuple[int, int, int, int], str], list[Document | InputError]] = {}
        self.problems: dict[str, list[InputError]] = {}
        self.budget = Budget()

    @property
    def root(self) -> str:
        """The repository's folder (absolute), beyond which nothing is read."""
        return self.workspace.root

    def name(self, path: str) -> str:
        """Return what users see of an absolute path."""
        return self.workspace.name(path)

    def leads_outside(self, path: str) -> bool:
        """Tell whether a path (absolute) leads out of the repository, as it is written or through links."""
        return not self.workspace.contains(os.path.normpath(path))

    def folder(self, folder: str) -> dict[str, bool]:
        """Return what lies in a folder, by name: whether it is a folder itself. Nothing where it is none."""
        return self.workspace.folder(folder)

    def is_folder(self, path: str) -> bool | None:
        """Tell whether a folder (True) or a file (False) is at a path; None where nothing is."""
        return self.workspace.is_folder(path)

    def kustomization(self, folder: str) -> str | None:
        """Return the path of the folder's kustomization file, or None where it has none."""
        return self.workspace.kustomization(folder)

    def listing(self, folder: str) -> list[str]:
        """Return what Flux takes of a folder without a kustomization."""
        return self.workspace.listing(folder)

    def text(self, path: str) -> str | None:
        """Return a file's text; None where it cannot be read."""
        found = self.workspace.text(path)
        return found if isinstance(found, str) else None

    def content(self, path: str) -> TextNode | None:
        """Return a file's text as one scalar; None where it cannot be read."""
        found = self._contents.get(path)
        if found is None:
            text = self.text(path)
            if text is None:
                return None
            found = self._contents[path] = TextNode(text, self.name(path))
        return found

    def chart_file(self, path: str) -> TextNode | None:
        """Return a file that a chart is installed with; None where it cannot be read.

        Each chart and each source may name the same ones. Raises InputError where that multiplies what the
        repository holds.
        """
        is_known = path in self._contents
        found = self.content(path)
        if found is not None and is_known:
            self._again += len(found.text)
            if self._again > _MOST_AGAIN + _TIMES_AGAIN * self.workspace.size:
                message = "is installed with more often than any real repository does; this is left out"
                raise InputError(found.file, message, 1, 1)
        return found

    def manifest(self, path: str) -> list[Node]:
        """Return the objects of a file that are wanted, those of a List one by one."""
        if path not in self._manifests:
            wanted = self._wanted
            numbers = iter(range(1 << 62))
            keep = None if wanted is None else lambda _: wanted(path, next(numbers))
            self._manifests[path] = self.objects(self._parse(path, keep), self.name(path))
        return self._manifests[path]

    def find_object(self, path: str, kind: str, name: str) -> Node | None:
        """Return the first wanted object of a kind and name in a file, or None."""
        for root in self.manifest(path):
            if root.text_at("kind") == kind and root.text_at("metadata", "name") == name:
                return root
        return None

    def documents(self, path: str) -> list[Node]:
        """Return the roots of all documents of a file, such as a kustomization or a patch."""
        if path not in self._documents:
            self._documents[path] = self._roots(self._parse(path), self.name(path))
        return self._documents[path]

    def _parse(self, path: str, keep: Callable[[str], bool] | None = None) -> Iterator[Document | InputError]:
        """Return the documents of a file. keep is asked of each, in their order, whether to read it."""
        known = self.workspace.parsed.find(path)
        if known is None:
            return parse_documents(self._required(path), self.name(path), keep)
        count = known[-1].number + 1 if known else 0
        kept = [keep is None or keep("") for _ in range(count)]
        return inspect_documents(document for document in known if kept[document.number])

    def _required(self, path: str) -> str:
        """Return the text of a file that something rests on; where it cannot be read, that is a problem."""
        found = self.workspace.text(path)
        if isinstance(found, InputError):
            self._note(self.name(path), found)
        return found if isinstance(found, str) else ""

    def within(self, node: Node) -> list[Document | InputError]:
        """Return the documents in a string, such as an inline patch; each string is parsed once."""
        key = (node.file, node.place, node.text)
        if key not in self._within:
            self._within[key] = list(parse_embedded(node))
        return self._within[key]

    def forget(self, kept: Container[str] = ()) -> None:
        """Drop all parsed files but the kept ones, which bounds memory; they are parsed again when needed."""
        for parsed in (self._manifests, self._documents):
            for path in [path for path in parsed if path not in kept]:
                del parsed[path]
        self._contents.clear()
        self._within.clear()

    def objects(self, documents: Iterable[Document | InputError], name: str) -> list[Node]:
        """Return the objects in a file's documents; remember its problems under the name that users see."""
        return [item for root in self._roots(documents, name) for item in objects_of(root)]

    def _roots(self, documents: Iterable[Document | InputError], name: str) -> list[Node]:
        roots = []
        for document in documents:
            if isinstance(document, InputError):
                self._note(name, document)
                continue
            roots.append(document.root)
            # What Flux refuses is no matter in a file that is not for it.
            for problem in document.problems if "apiVersion" in document.root.map else ():
                self._note(name, problem)
        return roots

    def _note(self, name: str, problem: InputError) -> None:
        known = self.problems.setdefault(name, [])
        if str(problem) not in map(str, known):
            known.append(problem)


def objects_of(root: Node) -> list[Node]:
    """Return the objects that a document holds: itself, or the items of a List."""
    kind, items = root.get("kind"), root.get("items")
    if (
        kind is not None
        and kind.text.endswith("List")
        and items is not None
        and isinstance(items.value, list)
    ):
        return [item for item in items.list if item.map]
    return [root] if root.map else []
