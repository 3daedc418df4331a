"""The result of a kustomize build, and the function that builds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.node import Node


@dataclass
class BuildResult:
    """The objects that a folder builds, and notes.

    absent: notes on paths that the repository lacks. problems: errors at which kustomize would stop.
    removed: the files of objects that patches delete.
    """

    resources: list[Resource] = field(default_factory=list)
    absent: list[InputError] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


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
