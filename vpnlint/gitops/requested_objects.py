"""The places and objects of a repository that a run was asked about."""

from __future__ import annotations

import os
from collections.abc import Collection

from vpnlint.files.discover import CHART, KUSTOMIZATIONS, VALUES
from vpnlint.files.index import Index
from vpnlint.files.object_kinds import NAMED
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

    def find_names(self, cluster: Cluster) -> set[str]:
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


def _speaks_of(node: Node, names: Collection[str]) -> bool:
    """Tell whether a text in an object is one of the names; metadata and dependsOn don't count."""
    if node.map:
        below = (child for key, child in node.map.items() if key not in ("metadata", "dependsOn"))
        return any(_speaks_of(child, names) for child in below)
    return node.text in names or any(_speaks_of(child, names) for child in node.list)
