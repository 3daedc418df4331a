"""The result of a kustomize build, and the function that builds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.node import Node


class BuildResult(NamedTuple):
    """The objects that a folder builds, and notes.

    absent: notes on paths that the repository lacks. problems: errors at which kustomize would stop.
    removed: the files of objects that patches delete.
    """

    resources: list[Resource]
    absent: list[InputError]
    problems: list[InputError]
    removed: list[str]


class BuildFolder(Protocol):
    """A function that builds a folder as `build_folder` does, such as one that remembers its results."""

    def __call__(
        self,
        folder: str,
        tree: Tree,
        overlay: Node | None = None,
        matters: Callable[[str], bool] = ...,
        *,
        files: Sequence[str] | None = None,
    ) -> BuildResult:
        """Return the objects of the folder."""
