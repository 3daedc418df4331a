"""Which chart, in which version, a HelmRelease installs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node

_KINDS = ("OCIRepository", "HelmChart")


class ChartSources:
    """The OCIRepository and HelmChart objects of a repository, read only once one is asked for."""

    def __init__(self, objects: Callable[[], Iterable[Node]]) -> None:
        """Take a function that returns the objects in the repository's files, applied or not."""
        self._read = objects
        self._objects: dict[tuple[str, str], list[tuple[tuple[str, ...], Node]]] | None = None

    def find(self, release: Node, applied: Objects) -> tuple[str, str]:
        """Return the chart's name and version as written for a HelmRelease; empty where they cannot be found.

        What is applied with the release counts first, then what lies nearest to it.
        """
        spec = release.get("spec", "chart", "spec")
        if spec is not None:
            return _chart(spec)
        reference = release.get("spec", "chartRef")
        if reference is None:
            return "", ""
        kind, name = _text(reference, "kind"), _text(reference, "name")
        namespace = _text(reference, "namespace") or _text(release, "metadata", "namespace")
        found = applied.find(kind, namespace, name) or self._nearest(kind, name, release.file)
        if found is None:
            return name, ""
        if kind == "HelmChart":
            chart = found.get("spec")
            return _chart(chart) if chart is not None else ("", "")
        version = _text(found, "spec", "ref", "tag") or _text(found, "spec", "ref", "semver")
        return _text(found, "spec", "url").rstrip("/").rsplit("/")[-1], version

    def _nearest(self, kind: str, name: str, file: str) -> Node | None:
        """Return the object of that name nearest to the HelmRelease.

        Repositories of several clusters hold one of each name; the nearest shares most folders.
        """
        if self._objects is None:
            self._objects = {}
            for root in self._read():
                key = (_text(root, "kind"), _text(root, "metadata", "name"))
                if key[0] in _KINDS:
                    self._objects.setdefault(key, []).append((PurePath(root.file).parts, root))
        here = PurePath(file).parts

        def shared(candidate: tuple[tuple[str, ...], Node]) -> int:
            return next(
                (i for i, (a, b) in enumerate(zip(here, candidate[0], strict=False)) if a != b), len(here)
            )

        return max(self._objects.get((kind, name), []), key=shared, default=((), None))[1]


def _chart(spec: Node) -> tuple[str, str]:
    return _text(spec, "chart").rstrip("/").rsplit("/")[-1], _text(spec, "version")


def _text(root: Node, *path: str) -> str:
    node = root.get(*path)
    return "" if node is None or node.value is None else str(node.value)
