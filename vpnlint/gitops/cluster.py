"""What is applied together, and what could not be had of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from vpnlint.errors import InputError
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node


@dataclass
class Installed:
    """A chart that something else than a HelmRelease installs, in the form of one; missing names values that cannot be read."""

    node: Node
    missing: list[str]
    via: set[str]


@dataclass
class Cluster:
    """What is applied together: the objects and charts, and notes on what is not.

    absent: what could not be had. suspended: Kustomizations that Flux is told to leave alone. problems: what Flux would refuse.
    """

    resources: list[Resource] = field(default_factory=list)
    charts: list[Installed] = field(default_factory=list)
    absent: list[InputError] = field(default_factory=list)
    suspended: list[InputError] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)

    @property
    def objects(self) -> Objects:
        """The objects, to be found by kind and name."""
        return Objects(resource.node for resource in self.resources)
