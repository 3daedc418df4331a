"""The line from paths to a Result: discover → parse → resolve → pods → judge."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from vpnlint.errors import InputError
from vpnlint.finding import Finding, Judged, Result
from vpnlint.gitops.chart_source import ChartSources
from vpnlint.ruleset import Ruleset
from vpnlint.scan import Scan

if TYPE_CHECKING:
    from vpnlint.gitops.flux import Cluster, Installed
    from vpnlint.gitops.objects import Objects
    from vpnlint.gitops.resource import Resource
    from vpnlint.gitops.tree import Tree
    from vpnlint.node import Node
    from vpnlint.pods import Workload


class _Run:
    """One run: what was found, and the clusters that it makes."""

    def __init__(self, paths: Sequence[str], scan: Scan, *, every: bool = False) -> None:
        # Nothing below is needed for a commit that touches no torrent client, and its import takes time.
        from vpnlint.gitops.tree import Tree
        from vpnlint.resolve import Scope, around, resolve, streamed

        self.scan = scan
        self.scope = Scope(paths)
        self.problems = [*scan.problems]
        wider = (
            around(paths, scan) if scan.candidates or scan.objects or scan.folders or scan.charts else scan
        )
        self.tree: Tree = Tree(None if every else scan.wanted)
        self.clusters: list[Cluster] = resolve(wider, self.tree, self.scope.__contains__)
        if scan.streams:
            self.clusters.append(streamed(scan.streams, self.tree))
        self._files = wider.objects
        self.streams = {file.name for file in scan.streams}

    def objects(self) -> Iterator[Node]:
        """Yield each applied object that has to do with what was asked about."""
        for cluster in self.clusters:
            yield from (resource.node for resource in filter(self._is_asked_about, cluster.resources))

    def workloads(self) -> Iterator[tuple[Workload, Objects]]:
        """Yield each workload that has to do with what was asked about, and what is applied with it."""
        from vpnlint.pods import installed, workloads

        charts = ChartSources(lambda: (node for path in self._files for node in self.tree.manifest(path)))
        for cluster in self.clusters:
            objects = cluster.objects
            for resource in filter(self._is_asked_about, cluster.resources):
                for workload in workloads(resource.node, charts, objects):
                    yield workload, objects
            for chart in filter(self._is_asked_about, cluster.charts):
                for workload in installed(chart.node, charts, objects, chart.missing):
                    yield workload, objects

    def _is_asked_about(self, item: Resource | Installed) -> bool:
        return not item.via.isdisjoint(self.streams) or any(name in self.scope for name in item.via)

    def not_applied(self) -> tuple[str, ...]:
        """Return the files that hold a torrent client and that nothing applies, of those that were asked about."""
        left = set(self.scan.candidates)
        for cluster in self.clusters:
            left.difference_update(*(resource.via for resource in cluster.resources))
        return tuple(sorted(left))

    def said(self) -> tuple[InputError, ...]:
        """Return what of it could not be read or would be refused, in the order of files and lines."""
        for name in [*self.scan.named, *self.scan.candidates]:
            # Also of what nobody applies it is said that it is malformed.
            self.tree.manifest(os.path.abspath(name))
            self.problems += self.tree.problems.get(name, [])
        for cluster in self.clusters:
            self.problems += cluster.problems
        once = {str(problem): problem for problem in self.problems}
        return tuple(sorted(once.values(), key=lambda problem: (problem.file, problem.line, problem.column)))


def check(
    paths: Sequence[str],
    ruleset: Ruleset,
    progress: Callable[[int], None] | None = None,
    *,
    rendered: bool = False,
) -> Result:
    """Judge every workload that the files at or below the paths (`-`: standard input) make.

    progress is told how many files were read so far. rendered: the files are what is applied, nothing is resolved.
    What cannot be read or understood is a problem in the Result.
    """
    scan = Scan(ruleset.concerns)
    scan.read(paths, progress, rendered=rendered)
    if not scan.matters:
        return Result((), (), tuple(scan.problems), scan.files)
    from vpnlint.judge import judge

    run = _Run(paths, scan)
    findings: list[Finding] = []
    judged: list[Judged] = []
    for workload, objects in run.workloads():
        verdict = judge(workload, ruleset, objects)
        findings += verdict.findings
        run.problems += verdict.problems
        # Two clusters may apply the same file.
        if verdict.judged is not None and verdict.judged not in judged:
            judged.append(verdict.judged)
    findings = sorted(dict.fromkeys(findings), key=lambda finding: (finding.span, finding.rule))
    return Result(tuple(findings), tuple(judged), run.said(), scan.files, run.not_applied())


def applied(paths: Sequence[str]) -> tuple[list[tuple[Workload, Objects]], tuple[InputError, ...]]:
    """Return every workload at or below the paths with what is applied beside it, and what could not be read."""
    run = _everything(paths)
    return list(run.workloads()), run.said()


def render(paths: Sequence[str]) -> tuple[list[Workload], tuple[InputError, ...]]:
    """Return every workload at or below the paths with the object that Kubernetes will get, and what could not be read."""
    found, problems = applied(paths)
    return [workload for workload, _ in found], problems


def resolved(paths: Sequence[str]) -> tuple[list[Node], tuple[InputError, ...]]:
    """Return every object that is applied, before charts make more of them, and what could not be read."""
    run = _everything(paths)
    return list(run.objects()), run.said()


def _everything(paths: Sequence[str]) -> _Run:
    scan = Scan(lambda _: True)
    scan.read(paths)
    return _Run(paths, scan, every=True)
