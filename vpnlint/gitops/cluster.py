"""The objects and charts of one cluster, and notes on missing, broken and suspended ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.files.node_configs import PodNetwork
from vpnlint.gitops.kustomize.build_result import BuildResult
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node


class InstalledChart(NamedTuple):
    """A chart that an Application, a kustomization or a local chart installs, in the form of a HelmRelease.

    missing: the names of values that cannot be read. via: the files that led to it.
    """

    node: Node
    missing: list[str]
    via: set[str]


class Unresolved(NamedTuple):
    """An object that generates others, some of which vpnlint cannot determine, and the reason.

    via: the files that led to it.
    """

    node: Node
    reason: str
    via: set[str]


class Cluster:
    """The objects and charts that are applied together, and notes on those that are not.

    unresolved: objects that generate others which cannot be determined. absent: notes on paths that the
    repository lacks. suspended: Kustomizations that Flux is told to leave alone; suspended_places: the
    folders that they would apply. problems: errors at which Flux would stop. beside: the objects of the
    cluster to which these are applied by hand. followed: whether something that vpnlint follows applies them.
    removed: the files of objects that patches delete. pod_networks: those that the configuration of its nodes
    may name.
    """

    def __init__(self) -> None:
        """Start with nothing applied."""
        self.resources: list[Resource] = []
        self.charts: list[InstalledChart] = []
        self.unresolved: list[Unresolved] = []
        self.absent: list[InputError] = []
        self.suspended: list[InputError] = []
        self.suspended_places: list[str] = []
        self.problems: list[InputError] = []
        self.beside: list[Resource] = []
        self.removed: set[str] = set()
        self.followed = True
        self.pod_networks: Sequence[PodNetwork] = ()

    def take_result(self, result: BuildResult) -> list[Resource]:
        """Take the notes of a build, and return the objects that it made."""
        self.absent += result.absent
        self.problems += result.problems
        self.removed |= {*result.removed}
        return result.resources

    @property
    def objects(self) -> Objects:
        """The objects, to be found by kind and name."""
        roots = (resource.node for resource in (*self.resources, *self.beside))
        return Objects(roots, self.pod_networks, [chart.node for chart in self.charts])
