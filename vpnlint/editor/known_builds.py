"""Parsed files and builds of folders, remembered between two runs in one repository.

A run reads and builds what it needs, then forgets it. In an editor the next run differs by one file, so each
build is remembered together with the files that it read and the answers it got about which files matter.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vpnlint.files.tree import Tree
from vpnlint.files.workspace import Workspace
from vpnlint.gitops.kustomize.build import build_folder
from vpnlint.gitops.kustomize.build_result import BuildResult
from vpnlint.source.budget import Budget
from vpnlint.source.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator


class KnownTree(Tree):
    """Keeps parsed files until told that they changed, and records which files a build reads."""

    def __init__(self, workspace: Workspace, wanted: Callable[[str, int], bool]) -> None:
        """Take the files, and a function that says whether a document of a file (absolute path) matters."""
        super().__init__(workspace, self._ask)
        self._matters = wanted
        self._asked: dict[str, list[bool]] = {}
        self._reading: set[str] | None = None

    def _ask(self, path: str, document: int) -> bool:
        answers = self._asked.setdefault(path, [])
        answers.append(self._matters(path, document))
        return answers[-1]

    def begin(self) -> None:
        """Begin another run with a fresh budget."""
        self.budget = Budget()
        self._within.clear()

    @contextmanager
    def reading(self) -> Iterator[set[str]]:
        """Collect the paths of the files read inside the block."""
        before, self._reading = self._reading, set()
        try:
            yield self._reading
        finally:
            self._reading = before

    def text(self, path: str) -> str | None:
        """Return a file's text; None where it cannot be read."""
        self._note_reading(path)
        return super().text(path)

    def manifest(self, path: str) -> list[Node]:
        """Return the objects of a file that matter."""
        self._note_reading(path)
        if not self.is_current(path):
            self.drop(path)
        return super().manifest(path)

    def is_current(self, path: str) -> bool:
        """Tell whether the same documents of a file matter now as when it was parsed."""
        asked = self._asked.get(path, ())
        return all(self._matters(path, number) is answer for number, answer in enumerate(asked))

    def documents(self, path: str) -> list[Node]:
        """Return the roots of all documents of a file."""
        self._note_reading(path)
        return super().documents(path)

    def forget(self, kept: Container[str] = ()) -> None:
        """Keep everything: the next run needs it again."""

    def drop(self, path: str) -> None:
        """Forget one parsed file."""
        self._manifests.pop(path, None)
        self._documents.pop(path, None)
        self._asked.pop(path, None)
        self.problems.pop(self.name(path), None)

    def _note_reading(self, path: str) -> None:
        if self._reading is not None:
            self._reading.add(path)


@dataclass(frozen=True)
class _Known:
    result: BuildResult
    files: frozenset[str]
    answers: Mapping[str, bool]
    """Which files and folders matter, of those that the build asked about."""

    def holds(self, tree: KnownTree, matters: Callable[[str], bool]) -> bool:
        """Tell whether the build is still valid, given that no file of it changed."""
        return all(matters(place) is answer for place, answer in self.answers.items()) and all(
            map(tree.is_current, self.files)
        )


class KnownBuilds:
    """Builds folders, and remembers each build until one of its files changes."""

    def __init__(self) -> None:
        """Start with nothing built."""
        self._known: dict[Hashable, _Known] = {}
        self._used: set[Hashable] = set()

    def __call__(
        self,
        folder: str,
        tree: Tree,
        overlay: Node | None = None,
        matters: Callable[[str], bool] = lambda _: True,
        *,
        files: Sequence[str] | None = None,
    ) -> BuildResult:
        """Return what the folder makes (as build_folder)."""
        if not isinstance(tree, KnownTree):
            return build_folder(folder, tree, overlay, matters, files=files)
        taken = tuple(files) if files is not None else None
        key = (folder, taken, _signature(overlay) if overlay is not None else None)
        known = self._known.get(key)
        if known is None or not known.holds(tree, matters):
            answers: dict[str, bool] = {}

            def ask(place: str) -> bool:
                answers[place] = matters(place)
                return answers[place]

            with tree.reading() as read:
                result = build_folder(folder, tree, overlay, ask, files=files)
            known = _Known(result, frozenset(read), answers)
            self._known[key] = known
        self._used.add(key)
        # What a run does to objects after they are built must not reach the next run.
        return known.result._replace(resources=[item.copy() for item in known.result.resources])

    def end(self) -> None:
        """End a run: forget the builds that it did not use."""
        self._known = {key: known for key, known in self._known.items() if key in self._used}
        self._used.clear()

    def drop(self, path: str) -> None:
        """Forget the builds that read a file."""
        self._known = {key: known for key, known in self._known.items() if path not in known.files}


def _signature(node: Node) -> Hashable:
    """Return a value that is equal for two Nodes only if their contents and positions are equal."""
    value = node.value
    if isinstance(value, dict):
        content: Hashable = tuple((key, _signature(child)) for key, child in value.items())
    elif isinstance(value, list):
        content = tuple(map(_signature, value))
    else:
        content = (type(value), value)
    return node.file, tuple(node.head), node.place, content
