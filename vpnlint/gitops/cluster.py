"""What one cluster applies, and what could not be had of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from vpnlint.errors import InputError
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node


@dataclass
class InstalledChart:
    """A chart that something else than a HelmRelease installs, in the form of one; missing names values that cannot be read."""

    node: Node
    missing: list[str]
    via: set[str]


@dataclass
class Unresolved:
    """An object that makes others, by a template, of which vpnlint cannot tell what they are, and why."""

    node: Node
    reason: str
    via: set[str]


@dataclass
class Cluster:
    """The objects and charts that are applied together, and notes on what is not.

    absent: what could not be had. suspended: Kustomizations that Flux is told to leave alone, and the folders
    (suspended_places) that they would apply. problems: what Flux would refuse. beside: objects of the cluster
    that these would be applied to. untold: what makes objects that cannot be told. followed: whether
    something that vpnlint follows applies them.
    """

    resources: list[Resource] = field(default_factory=list)
    charts: list[InstalledChart] = field(default_factory=list)
    untold: list[Unresolved] = field(default_factory=list)
    absent: list[InputError] = field(default_factory=list)
    suspended: list[InputError] = field(default_factory=list)
    suspended_places: list[str] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    beside: list[Resource] = field(default_factory=list)
    followed: bool = True

    @property
    def objects(self) -> Objects:
        """The objects, to be found by kind and name."""
        return Objects(resource.node for resource in (*self.resources, *self.beside))
