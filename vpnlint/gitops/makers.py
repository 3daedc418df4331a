"""The steps that make objects of others, which an editor replaces by ones that remember what they made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from vpnlint.errors import InputError
from vpnlint.gitops.flux.resource_set import expand_resource_set
from vpnlint.gitops.flux.substitute import substitute_variables
from vpnlint.gitops.kustomize.build import build_folder
from vpnlint.gitops.kustomize.build_result import BuildFolder
from vpnlint.source.budget import Budget
from vpnlint.source.node import Node


class Substitute(Protocol):
    """What replaces an object's variables as `substitute_variables` does."""

    def __call__(
        self,
        root: Node,
        variables: Mapping[str, Node],
        elsewhere: bool,
        *,
        always: bool = False,
        budget: Budget | None = None,
    ) -> Node:
        """Return the object with its variables replaced."""


class ExpandSet(Protocol):
    """What expands a ResourceSet as `expand_resource_set` does."""

    def __call__(
        self, node: Node, providers: Iterable[Node], budget: Budget
    ) -> tuple[list[Node], list[InputError]]:
        """Return the objects that a ResourceSet generates, and why others cannot be determined."""


class Makers(NamedTuple):
    """What builds folders, replaces variables and expands ResourceSets."""

    build: BuildFolder = build_folder
    substitute: Substitute = substitute_variables
    expand_set: ExpandSet = expand_resource_set
