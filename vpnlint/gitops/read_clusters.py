"""The repositories that a run is about → the clusters that they describe."""

from __future__ import annotations

from collections.abc import Callable

from vpnlint.files.index import Index
from vpnlint.files.selection import Selection
from vpnlint.gitops.clusters import Clusters
from vpnlint.gitops.leads import LeadReader


def read_clusters(
    selection: Selection,
    concerns: Callable[[bytes], bool],
    is_client: Callable[[str], bool],
    *,
    every: bool = False,
) -> list[Clusters]:
    """Return the clusters that the repositories of a selection describe; nothing in them is resolved yet.

    concerns and is_client tell whether bytes and an image name a client. every: also follow references that
    no torrent client needs.
    """
    clusters = []
    for workspace in selection.workspaces:
        near = selection.near[workspace]
        if near or every:
            index = Index(workspace, near, concerns, is_client, LeadReader(workspace).read_leads, every=every)
            index.build()
            clusters.append(Clusters(index, every=every))
    return clusters
