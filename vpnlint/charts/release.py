"""A HelmRelease, reduced to what a chart needs of it."""

from __future__ import annotations

from typing import NamedTuple

from vpnlint.source.node import Node


class Release(NamedTuple):
    """What Helm would be given.

    name and namespace are the release's (`spec.releaseName` or the object's name; `spec.targetNamespace` or
    the object's namespace). chart is the chart's name (`app-template`), version its version or constraint as
    written, empty where it cannot be found; repository is the name and url of where it comes from, as far as
    known. values is the mapping of `spec.values` (a made, empty one where there is none). source is the
    HelmRelease itself, the place of what has no better one.
    """

    name: str
    namespace: str
    chart: str
    version: str
    values: Node
    source: Node
    repository: str = ""
