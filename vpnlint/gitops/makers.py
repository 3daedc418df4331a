"""The steps that make objects of others; an editor replaces them by ones that remember what they made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from vpnlint.errors import InputError
from vpnlint.gitops.flux.resource_set import expand_resource_set
from vpnlint.gitops.flux.substitute import Variables, substitute_variables
from vpnlint.gitops.kustomize.build import build_folder
from vpnlint.gitops.kustomize.build_result import BuildFolder
from vpnlint.source.budget import Budget
from vpnlint.source.node import Node

# Replaces the variables of an object, as substitute_variables does.
Substitute: TypeAlias = Callable[[Node, Variables, Budget | None], Node]
# Expands a ResourceSet, as expand_resource_set does.
ExpandSet: TypeAlias = Callable[[Node, Iterable[Node], Budget], tuple[list[Node], list[InputError]]]


class Makers(NamedTuple):
    """Functions that build folders, replace variables and expand ResourceSets."""

    build: BuildFolder = build_folder
    substitute: Substitute = substitute_variables
    expand_set: ExpandSet = expand_resource_set
