"""Defines Release: a HelmRelease, reduced to what a chart needs."""

from __future__ import annotations

from typing import NamedTuple

from vpnlint.source.node import Node


class Release(NamedTuple):
    """The input of Helm.

    name: `spec.releaseName`, or the object's name.
    namespace: `spec.targetNamespace`, or the object's namespace.
    chart: the chart's name (`app-template`).
    version: the chart's version or constraint as written; empty if unknown.
    values: the mapping of `spec.values`; an empty one if there is none.
    source: the HelmRelease itself, which is the place of any field without a better one.
    repository: the name and URL of the chart's repository, as far as known.
    """

    name: str
    namespace: str
    chart: str
    version: str
    values: Node
    source: Node
    repository: str = ""

    @property
    def title(self) -> str:
        """The chart's name as its templates see it: a library's is that of the chart that depends on it."""
        return self.source.text_at("spec", "chart", "spec", "title") or self.chart

    @property
    def app_version(self) -> str:
        """The appVersion of the chart that depends on a library; empty if it is unknown."""
        return self.source.text_at("spec", "chart", "spec", "appVersion")
