"""What lies in the folders of charts: their dependencies in the same repository, and files for templates."""

from __future__ import annotations

import os
from collections.abc import Iterator

from vpnlint.files.discover import CHART
from vpnlint.files.inside import is_below
from vpnlint.files.workspace import Workspace
from vpnlint.source.deferred_pattern import defer_pattern

_AT_HOME = defer_pattern(rb"file://([^\s\"'#,}]+)")
# Where charts of apiVersion v1 list theirs.
REQUIREMENTS = "requirements.yaml"
_FORMS = ("questions.yaml", "questions.yml")
# Where `helm dependency build` puts dependencies, and people their own.
PACKED = "charts"


def list_chart_homes(folder: str, workspace: Workspace) -> Iterator[str]:
    """Yield the folders of the dependencies of the chart in a folder (both absolute)."""
    for home in _list_named(folder, workspace):
        if home != folder and _is_chart(home, workspace):
            yield home
    if workspace.folder(folder).get(PACKED):
        for name, is_folder in workspace.folder(os.path.join(folder, PACKED)).items():
            home = os.path.join(folder, PACKED, name)
            # A repository of charts may have at its root the one that the others are based on.
            if is_folder and _is_chart(home, workspace) and folder not in _list_named(home, workspace):
                yield home


def is_filled_in(path: str, text: str, workspace: Workspace) -> bool:
    """Tell whether a file may be one that a chart's templates fill in (tpl), which is no YAML until then.

    So need the form be none that Rancher and TrueNAS ask a chart's values by.
    """
    may_be = "{{" in text or os.path.basename(path) in _FORMS
    return may_be and any(is_below(path, chart) for chart in workspace.charts)


def _is_chart(folder: str, workspace: Workspace) -> bool:
    return workspace.folder(folder).get(CHART) is False


def _list_named(folder: str, workspace: Workspace) -> list[str]:
    """Return the folders that a chart's own files name as those of its dependencies."""
    places: list[bytes] = []
    for name in (CHART, REQUIREMENTS):
        data = workspace.read(os.path.join(folder, name)) if name in workspace.folder(folder) else None
        places += _AT_HOME.findall(data) if isinstance(data, bytes) else []
    return [os.path.normpath(os.path.join(folder, os.fsdecode(place))) for place in places]
