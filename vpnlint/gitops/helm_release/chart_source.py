"""The chart and version that a HelmRelease installs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import NamedTuple

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node

_KINDS = ("OCIRepository", "HelmChart", "HelmRepository")


class ChartReference(NamedTuple):
    """A chart's name and version as written, and the name and URL of its repository.

    Whatever is unknown is empty.
    """

    name: str = ""
    version: str = ""
    repository: str = ""


class WrittenObject(NamedTuple):
    """An object in a file of the repository, applied or not: its kind, name and file.

    read: returns it, or None where it cannot be read.
    """

    kind: str
    name: str
    file: str
    read: Callable[[], Node | None]


class ChartSources:
    """The objects of a repository that tell where charts come from, each read when it is needed."""

    def __init__(self, list_objects: Callable[[], Iterable[WrittenObject]]) -> None:
        """Take a function that returns the objects."""
        self._list_objects = list_objects
        self._objects: dict[tuple[str, str], list[WrittenObject]] | None = None

    def find_chart(self, release: Node, applied: Objects) -> ChartReference:
        """Return the chart of a HelmRelease, an empty one if it cannot be found.

        It searches for the source among the objects applied with the release, then among the nearest ones.
        """
        spec = release.get("spec", "chart", "spec")
        if spec is not None:
            return self._read_spec(spec, release, applied)
        reference = release.get("spec", "chartRef")
        if reference is None:
            return ChartReference()
        source = self._find_object(reference, release, applied)
        if source is None:
            return ChartReference(reference.text_at("name"))
        if reference.text_at("kind") == "HelmChart":
            chart = source.get("spec")
            return self._read_spec(chart, source, applied) if chart is not None else ChartReference()
        version = source.scalar_at("spec", "ref", "tag") or source.scalar_at("spec", "ref", "semver")
        url = source.text_at("spec", "url")
        return ChartReference(url.rstrip("/").rsplit("/")[-1], version, url)

    def _read_spec(self, spec: Node, owner: Node, applied: Objects) -> ChartReference:
        reference = spec.get("sourceRef")
        source = self._find_object(reference, owner, applied) if reference is not None else None
        url = source.text_at("spec", "url") if source is not None else ""
        return ChartReference(
            spec.scalar_at("chart").rstrip("/").rsplit("/")[-1],
            spec.scalar_at("version"),
            f"{spec.text_at('sourceRef', 'name')} {url}".strip(),
        )

    def _find_object(self, reference: Node, owner: Node, applied: Objects) -> Node | None:
        """Return the object that a reference of `owner` names, applied with it or else nearest to it."""
        kind, name = reference.text_at("kind"), reference.text_at("name")
        namespace = reference.text_at("namespace") or owner.text_at("metadata", "namespace")
        return applied.find(kind, namespace, name) or self._find_nearest(kind, name, owner.file)

    def _find_nearest(self, kind: str, name: str, file: str) -> Node | None:
        """Return the object of a name that shares the most folders with a file.

        Repositories of several clusters hold one object of each name for each cluster.
        """
        if self._objects is None:
            self._objects = {}
            for item in self._list_objects():
                if item.kind in _KINDS:
                    self._objects.setdefault((item.kind, item.name), []).append(item)
        here = PurePath(file).parts

        def count_shared(item: WrittenObject) -> int:
            parts = zip(here, PurePath(item.file).parts, strict=False)
            return next((i for i, (a, b) in enumerate(parts) if a != b), len(here))

        nearest = sorted(self._objects.get((kind, name), []), key=count_shared, reverse=True)
        return next((node for item in nearest if (node := item.read()) is not None), None)
