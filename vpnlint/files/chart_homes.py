"""The folders of a chart's dependencies that are charts of the same repository."""

from __future__ import annotations

import os
from collections.abc import Iterator

from vpnlint.files.discover import CHART
from vpnlint.files.workspace import Workspace
from vpnlint.source.deferred_pattern import defer_pattern

_AT_HOME = defer_pattern(rb"file://([^\s\"'#,}]+)")
# Where charts of apiVersion v1 list theirs.
_REQUIREMENTS = "requirements.yaml"
# Where `helm dependency build` puts dependencies, and people their own.
_PACKED = "charts"


def list_chart_homes(folder: str, workspace: Workspace) -> Iterator[str]:
    """Yield the folders of the dependencies of the chart in a folder (both absolute)."""
    places: list[bytes] = []
    for name in (CHART, _REQUIREMENTS):
        data = workspace.read(os.path.join(folder, name)) if name in workspace.folder(folder) else None
        places += _AT_HOME.findall(data) if isinstance(data, bytes) else []
    if workspace.folder(folder).get(_PACKED):
        below = workspace.folder(os.path.join(folder, _PACKED))
        places += [os.path.join(_PACKED, name).encode() for name, is_folder in below.items() if is_folder]
    for place in places:
        home = os.path.normpath(os.path.join(folder, os.fsdecode(place)))
        if home != folder and workspace.folder(home).get(CHART) is False:
            yield home
