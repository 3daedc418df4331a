"""What a build of kustomize gives, and the call that gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.node import Node


@dataclass
class BuildResult:
    """The objects that a folder builds, and notes.

    absent: what is not in the repository. problems: what kustomize would refuse.
    """

    resources: list[Resource] = field(default_factory=list)
    absent: list[InputError] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)


class BuildFolder(Protocol):
    """What builds a folder as `build_folder` does, such as one that remembers what it built."""

    def __call__(
        self,
        folder: str,
        tree: Tree,
        overlay: Node | None = None,
        matters: Callable[[str], bool] = ...,
        *,
        flat: bool = False,
    ) -> BuildResult:
        """Return what the folder makes."""
