"""The line from paths to a Result: discover → parse → resolve → pods → judge."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vpnlint.config import Configuration
from vpnlint.errors import InputError
from vpnlint.files.index import NAMED, Scan
from vpnlint.files.reading import decode
from vpnlint.files.requested import Scope
from vpnlint.files.tree import Tree
from vpnlint.finding import Finding, Judged, Result
from vpnlint.ruleset.ruleset import Ruleset

if TYPE_CHECKING:
    from vpnlint.gitops.cluster import Cluster, Installed
    from vpnlint.gitops.kustomize.resource import Resource
    from vpnlint.gitops.objects import Objects
    from vpnlint.source.node import Node, Span
    from vpnlint.workloads.derive import Renderer
    from vpnlint.workloads.workload import Workload


class _Run:
    """One run over what a scan found: one cluster after the other, and what is known of those that are done."""

    def __init__(self, paths: Sequence[str], scan: Scan, *, every: bool = False, helm: str = "") -> None:
        self.problems = [*scan.problems]
        self.notes: list[InputError] = []
        self._scan = scan
        self._streams = {file.name: file for file in scan.streams}
        self._paths = paths
        self._wider = scan
        self._tree = Tree(None if every else lambda text: self._wider.wanted(text), scan.named)
        self._scope = Scope(paths)
        self._helm = helm
        self._every = every
        self._applied: set[str] = set()

    def clusters(self) -> Iterator[Cluster]:
        """Yield what is applied together, cluster by cluster; of one that is done nothing is kept in memory."""
        # A commit that touches no torrent client never comes here, and need not pay for the import.
        from vpnlint.gitops.clusters import around, resolve, streamed

        if len(self._scan.streams) < self._scan.files:
            self._wider = around(self._paths, self._scan)
        for cluster in resolve(self._wider, self._tree, self._scope.__contains__, every=self._every):
            self._applied.update(*(resource.via for resource in cluster.resources))
            self.problems += cluster.problems
            self.notes += [*cluster.suspended, *cluster.absent]
            yield cluster
            self._tree.forget(self._wider.leads)
        if self._scan.streams:
            cluster = streamed(self._scan.streams, self._tree)
            self.problems += cluster.problems
            yield cluster

    def objects(self) -> Iterator[Node]:
        """Yield each applied object that has to do with what was asked about."""
        for cluster in self.clusters():
            yield from (resource.node for resource in filter(self._is_asked_about, cluster.resources))

    def workloads(self) -> Iterator[tuple[Workload, Objects]]:
        """Yield each workload that has to do with what was asked about, and what is applied with it."""
        from vpnlint.gitops.helm_release.chart_source import ChartSources
        from vpnlint.workloads.derive import derive_release_workloads, derive_workloads

        charts = ChartSources(
            lambda: (node for path in self._wider.chart_sources for node in self._tree.manifest(path))
        )
        for cluster in self.clusters():
            objects = cluster.objects
            names = self._asked_names(cluster)
            for resource in cluster.resources:
                if not self._is_asked_about(resource) and not (names and _speaks_of(resource.node, names)):
                    continue
                renderer = self._renderer(resource.node.file)
                found = derive_workloads(resource.node, charts, objects, renderer)
                yield from self._running(found, objects)
            for chart in filter(self._is_asked_about, cluster.charts):
                renderer = self._renderer(chart.node.file)
                found = derive_release_workloads(chart.node, charts, objects, chart.missing, renderer)
                yield from self._running(found, objects)

    def text(self, name: str) -> str | None:
        """Return the text of a file by the name that findings have; None where it cannot be read."""
        stream = self._streams.get(name)
        return decode(stream) if stream is not None else self._tree.text(os.path.abspath(name))

    def not_applied(self) -> tuple[str, ...]:
        """Return the files that hold a torrent client and that nothing applied, of those that were asked about."""
        return tuple(sorted(set(self._scan.candidates) - self._applied))

    def said(self) -> tuple[InputError, ...]:
        """Return what of it could not be read or would be refused, in the order of files and lines."""
        for name in [*self._scan.named, *self._scan.candidates]:
            # Also of what nobody applies it is said that it is malformed.
            self.problems += self._tree.problems_of(os.path.abspath(name))
        return _once(self.problems)

    def _running(self, workloads: Iterable[Workload], objects: Objects) -> Iterator[tuple[Workload, Objects]]:
        """Yield workloads that are not suspended, each with what is applied with it; note the others."""
        for workload in workloads:
            if workload.suspension is not None:
                self.notes.append(workload.suspension)
            else:
                yield workload, objects

    def _asked_names(self, cluster: Cluster) -> set[str]:
        """Return the names of objects in files that were named, such as a ConfigMap: who takes something from them is judged, too."""
        named = self._scan.named
        return {
            resource.name
            for resource in cluster.resources
            if resource.kind in NAMED and not named.isdisjoint(resource.via)
        }

    def _is_asked_about(self, item: Resource | Installed) -> bool:
        return not item.via.isdisjoint(self._streams) or any(name in self._scope for name in item.via)

    def _renderer(self, file: str) -> Renderer | None:
        """Return what renders charts that are not understood, from the repository that a file lies in."""
        if not self._helm:
            return None
        from vpnlint.charts.any_chart.program import renderer
        from vpnlint.files.discover import repository

        return renderer(self._helm, repository(file))


def check(
    paths: Sequence[str],
    ruleset: Ruleset,
    progress: Callable[[int], None] | None = None,
    *,
    rendered: bool = False,
    helm: str = "",
    ignores: bool = True,
    configuration: Configuration | None = None,
) -> Result:
    """Judge every workload that the files at or below the paths (`-`: standard input) make.

    progress is told how many files were read so far. rendered: the files are what is applied, nothing is resolved. helm: the
    program that renders charts which vpnlint does not know. ignores: comments and the configuration suppress findings.
    configuration: that of the repository. What cannot be read or understood is a problem in the Result.
    """
    settings = configuration or Configuration(Path.cwd())
    scan = Scan(ruleset.concerns)
    scan.read(paths, progress, rendered=rendered, is_excluded=settings.is_excluded)
    run = _Run(paths, scan, helm=helm)
    if not scan.matters:
        return Result((), (), run.said(), scan.files)
    from vpnlint.judge.judge import judge
    from vpnlint.judge.severity import with_severities
    from vpnlint.judge.suppress import Suppression

    today = date.today()
    findings: list[Finding] = []
    judged: list[Judged] = []
    for workload, objects in run.workloads():
        if settings.is_excluded(workload.source.file):
            continue
        source = workload.source
        declared = settings.find_egress(source.file, workload.kind, workload.namespace, workload.name, today)
        verdict = judge(workload, ruleset, objects, declared)
        findings += with_severities(verdict.findings, settings.severities)
        run.problems += verdict.problems
        # Two clusters may apply the same file.
        if verdict.judged is not None and verdict.judged not in judged:
            judged.append(verdict.judged)
    findings = sorted(dict.fromkeys(findings), key=_in_order)
    suppression = Suppression(settings, (rule.id for rule in ruleset.described), run.text, today)
    if ignores:
        findings = suppression.apply(findings)
        files = sorted(
            {*scan.candidates, *(finding.span.file for finding in findings)} - set(run.not_applied())
        )
        unused = [
            *suppression.unused_comments(files),
            *suppression.unused_entries(judged, whole=settings.is_whole(paths)),
        ]
        findings = sorted([*findings, *with_severities(unused, settings.severities)], key=_in_order)
        run.problems += suppression.problems
    judged.sort(key=lambda workload: (workload.file, workload.line))
    return Result(
        tuple(findings),
        tuple(judged),
        run.said(),
        scan.files,
        run.not_applied(),
        _once(run.notes),
        tuple(suppression.suppressed),
    )


def _in_order(finding: Finding) -> tuple[Span, str]:
    return finding.span, finding.rule


def applied(
    paths: Sequence[str], *, rendered: bool = False, helm: str = ""
) -> tuple[list[tuple[Workload, Objects]], tuple[InputError, ...]]:
    """Return every workload that the files at or below the paths make, with what is applied beside it, and what could not be read.

    rendered and helm: as for `check`.
    """
    run = _everything(paths, rendered, helm)
    return list(run.workloads()), run.said()


def resolved(paths: Sequence[str], *, rendered: bool = False) -> tuple[list[Node], tuple[InputError, ...]]:
    """Return every object that is applied, before charts make more of them, and what could not be read."""
    run = _everything(paths, rendered, "")
    return list(run.objects()), run.said()


def _everything(paths: Sequence[str], rendered: bool, helm: str) -> _Run:
    scan = Scan(lambda _: True)
    scan.read(paths, rendered=rendered)
    return _Run(paths, scan, every=True, helm=helm)


def _once(problems: Sequence[InputError]) -> tuple[InputError, ...]:
    """Return problems in the order of files and lines, each once."""
    once = {str(problem): problem for problem in problems}
    return tuple(sorted(once.values(), key=lambda problem: (problem.file, problem.line, problem.column)))


def _speaks_of(node: Node, names: set[str]) -> bool:
    """Tell whether a text in an object is one of these names, but for its own name and those of what it waits for."""
    if node.map:
        below = (child for key, child in node.map.items() if key not in ("metadata", "dependsOn"))
        return any(_speaks_of(child, names) for child in below)
    return node.text in names or any(_speaks_of(child, names) for child in node.list)
