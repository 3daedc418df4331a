"""The places and objects of a repository that a run was asked about."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from vpnlint.files.discover import CHART, KUSTOMIZATIONS, VALUES
from vpnlint.files.index import Index
from vpnlint.files.object_kinds import BLAMED, NAMED
from vpnlint.files.selection import Selection
from vpnlint.gitops.cluster import Cluster, InstalledChart, Unresolved
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.node import Node

# Files that stand for the folder they lie in.
_FOLDER_FILES = (*KUSTOMIZATIONS, CHART, VALUES)


class RequestedObjects:
    """Tells which places and objects a selection is about."""

    def __init__(self, selection: Selection) -> None:
        """Take the selection."""
        self._requested = selection.requested
        self._streams = frozenset(file.name for file in selection.streams)

    def list_places(self, index: Index) -> list[str]:
        """Return the places of a repository that were asked about."""
        places = [*index.workspace.files, *index.listings, *index.charts]
        asked = [place for place in places if place in self._requested]
        # A kustomization, a chart and its values are known by their folder.
        folders = {os.path.dirname(place) for place in asked if os.path.basename(place) in _FOLDER_FILES}
        return [*asked, *sorted(folders)]

    def select(self, cluster: Cluster) -> Iterator[tuple[Resource | InstalledChart | Unresolved, bool]]:
        """Yield what a cluster applies that was asked about, and whether it was.

        If findings about others may point at what was asked about, everything else comes with it.
        """
        names = self._find_names(cluster)
        blamed = any(_may_be_blamed(resource) and self.includes(resource) for resource in cluster.resources)
        for resource in cluster.resources:
            asked = self.includes(resource, names)
            if asked or blamed:
                yield resource, asked
        more: list[InstalledChart | Unresolved] = [*cluster.charts, *cluster.unresolved]
        yield from ((item, asked) for item in more if (asked := self.includes(item)) or blamed)

    def _find_names(self, cluster: Cluster) -> set[str]:
        """Return the names of objects in the named files; workloads that use one of them are judged, too."""
        return {
            resource.name
            for resource in cluster.resources
            if resource.kind in NAMED and not self._requested.files.isdisjoint(resource.via)
        }

    def includes(
        self, item: Resource | InstalledChart | Unresolved, names: Collection[str] = frozenset()
    ) -> bool:
        """Tell whether a requested file takes part in an object, or the object uses one of the names."""
        return (
            not item.via.isdisjoint(self._streams)
            or any(name in self._requested for name in item.via)
            or (bool(names) and _speaks_of(item.node, names))
        )


def _may_be_blamed(resource: Resource) -> bool:
    """Tell whether a finding about a client may point at an object that runs none, such as a gateway."""
    node = resource.node
    chart = node.text_at("spec", "chart", "spec", "chart") or node.text_at("spec", "chartRef", "name")
    is_gateway = resource.kind == "HelmRelease" and chart.rsplit("/")[-1] == "pod-gateway"
    return is_gateway or resource.kind in BLAMED


def _speaks_of(node: Node, names: Collection[str]) -> bool:
    """Tell whether a text in an object is one of the names; metadata and dependsOn don't count."""
    if node.map:
        below = (child for key, child in node.map.items() if key not in ("metadata", "dependsOn"))
        return any(_speaks_of(child, names) for child in below)
    return node.text in names or any(_speaks_of(child, names) for child in node.list)
