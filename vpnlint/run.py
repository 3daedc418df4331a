"""One run over repositories and streams: clusters → workloads, and which of them were asked about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple

from vpnlint.errors import DuplicateKey, InputError, in_order
from vpnlint.files.reading import decode
from vpnlint.files.selection import Selection
from vpnlint.files.tree import Tree
from vpnlint.files.workspace import Workspace
from vpnlint.gitops.cluster import Cluster, InstalledChart, Unresolved
from vpnlint.gitops.clusters import Clusters, read_streams
from vpnlint.gitops.helm_release.chart_source import ChartSources, WrittenObject
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.objects import Objects
from vpnlint.gitops.requested_objects import RequestedObjects
from vpnlint.gitops.unjudged import UnjudgedClients
from vpnlint.source.node import Node, list_words
from vpnlint.workloads.derive import Renderer, derive_release_workloads, derive_workloads
from vpnlint.workloads.workload import Workload


class AppliedWorkload(NamedTuple):
    """A workload, with the objects beside it, its cluster, its files; whether it was asked about."""

    workload: Workload
    objects: Objects
    cluster: Cluster
    files: set[str]
    asked: bool = True


class Run:
    """The objects that a selection's repositories apply, cluster by cluster, and those that it asks about."""

    def __init__(self, selection: Selection, clusters: Sequence[Clusters], *, helm: str = "") -> None:
        """Take the selection, and the clusters that its repositories describe."""
        self._selection = selection
        self.requested = selection.requested
        self._asked = RequestedObjects(selection)
        self._streams = {file.name: file for file in selection.streams}
        self._helm = helm
        self._problems: list[InputError] = []
        self._archived: list[InputError] = []
        self._rested: set[str] = set()
        self._met: set[str] = set()
        self._unjudged: list[InputError] = []
        self.notes: list[InputError] = []
        self._clusters = [*clusters]
        self._indexes = [cluster.index for cluster in clusters]

    @property
    def count(self) -> int:
        """How many files were looked at."""
        return self._selection.count

    @cached_property
    def touches_client(self) -> bool:
        """Whether a requested file may take part in a workload with a torrent client."""
        return bool(self._streams) or any(
            clusters.touches_client(self._asked.list_places(index))
            for index, clusters in zip(self._indexes, self._clusters, strict=True)
        )

    def list_clusters(self) -> Iterator[Cluster]:
        """Yield the objects that are applied together, one cluster at a time; memory holds no other."""
        for index, clusters in zip(self._indexes, self._clusters, strict=True):
            everything = index.workspace.root in self.requested
            for cluster in clusters.resolve(None if everything else self._asked.list_places(index)):
                is_archive = not cluster.followed and clusters.follows_anything
                (self._archived if is_archive else self._problems).extend(cluster.problems)
                self.notes += [*cluster.suspended, *cluster.absent]
                yield cluster
            self.notes += clusters.list_elsewhere()
            for problems in clusters.tree.problems.values():
                self._problems += problems
        if self._streams:
            cluster = read_streams(self._selection.streams, Tree(Workspace()))
            self._problems += cluster.problems
            yield cluster

    def list_objects(self) -> Iterator[Node]:
        """Yield each applied object that a requested file takes part in."""
        for cluster in self.list_clusters():
            yield from (resource.node for resource in filter(self._asked.includes, cluster.resources))

    def list_workloads(self) -> Iterator[AppliedWorkload]:
        """Yield each workload that was asked about, and those that may blame what was."""
        charts = ChartSources(self._list_chart_sources)
        for cluster in self.list_clusters():
            objects = cluster.objects
            for item, asked in self._asked.select(cluster):
                if asked:
                    self._rested |= item.via
                for workload in self._derive(item, charts, objects):
                    yield AppliedWorkload(workload, objects, cluster, item.via, asked)

    def _derive(
        self, item: Resource | InstalledChart | Unresolved, charts: ChartSources, objects: Objects
    ) -> Iterator[Workload]:
        """Yield the workloads of an item of a cluster that are not suspended."""
        if isinstance(item, Unresolved):
            yield Workload(item.node, None, item.node.text_at("metadata", "namespace"), item.reason)
            return
        renderer = self._make_renderer(item.node.file)
        if isinstance(item, InstalledChart):
            yield from self._drop_suspended(
                derive_release_workloads(item.node, charts, objects, item.missing, renderer)
            )
        elif not item.unfolded:
            derived = derive_workloads(item.node, charts, objects, renderer)
            for workload in self._drop_suspended(derived):
                yield workload._replace(left_by=item.left_by, taken=(*item.taken,))

    def count_problems(self, files: set[str]) -> None:
        """Count the problems of files in an archive, too, as a torrent client rests on them."""
        self._met |= files

    def _list_chart_sources(self) -> Iterator[WrittenObject]:
        """Yield the objects that say where charts are from, applied or not."""
        for index, clusters in zip(self._indexes, self._clusters, strict=True):
            for path in index.chart_sources():
                for item in index.objects(path):
                    read = partial(clusters.tree.find_object, path, item.kind, item.name)
                    yield WrittenObject(item.kind, item.name, index.workspace.name(path), read)

    def read_text(self, name: str) -> str | None:
        """Return the text of a file by the name that findings have; None where it cannot be read."""
        if name in self._streams:
            return decode(self._streams[name])
        path = os.path.abspath(name)
        texts = (clusters.tree.text(path) for clusters in self._clusters)
        return next((text for text in texts if text is not None), None)

    def list_client_files(self) -> list[str]:
        """Return the files that were asked about and may run a client, as users see them."""
        return [
            index.workspace.name(path)
            for index in self._indexes
            for path in index.files
            if path in self.requested and index.speaks_of_client(path)
        ]

    def list_not_applied(self) -> tuple[str, ...]:
        """Return the files that were asked about, name a torrent client and are certainly not applied."""
        return tuple(
            sorted(
                index.workspace.name(path)
                for index, clusters in zip(self._indexes, self._clusters, strict=True)
                for path in index.client_files()
                if path in self.requested
                and clusters.leaves_out(path)
                and not self.rests_on(index.workspace.name(path))
            )
        )

    def list_not_judged(self) -> tuple[InputError, ...]:
        """Return the torrent clients that were asked about and cannot be judged, with place and reason."""
        unjudged: list[InputError] = []
        for index, clusters in zip(self._indexes, self._clusters, strict=True):
            clients = UnjudgedClients(index, clusters)
            unjudged += clients.find_foreign()
            name = index.workspace.name
            unjudged += [why for path, why in clients.find_clients() if not self.rests_on(name(path))]
        return in_order([*self._unjudged, *(why for why in unjudged if why.file in self.requested)])

    def note_unjudged(self, workload: Workload, place: Node | None = None, reason: str = "") -> None:
        """Remember a workload that may run a client and cannot be judged.

        place and reason: why, if not for the workload's own reason.
        """
        place = place or workload.source.get("metadata", "name") or workload.source
        message = f"not judged: {workload.kind} {workload.name}: {reason or workload.reason}"
        self._unjudged.append(InputError(place.file, message, *place.span[1:3]))

    def rests_on(self, file: str) -> bool:
        """Tell whether a workload that was asked about rests on a file, by the name that users see."""
        return file in self._rested

    def mentions_client(self, workload: Workload) -> bool:
        """Tell whether the values, or the templates that cannot be rendered, of a chart name a client."""
        failed = [text.text for text in workload.source.items("rendered", "failed")]
        # A file may hold many releases, so the file of this one as a whole tells nothing.
        values = workload.source.get("spec", "values")
        texts = [*failed, *(list_words(values) if values is not None else ())] if failed else []
        return any(self._selection.concerns(text.lower().encode("utf-8", "surrogatepass")) for text in texts)

    def list_problems(self) -> tuple[InputError, ...]:
        """Return the errors in requested files and in files that workloads rest on.

        In an archive, which nothing applies although the repository has entry points, only files that a
        client rests on count.
        """
        everything = [*self._selection.problems(), *self._problems]
        everything += [
            problem
            for index in self._indexes
            for path, facts in index.files.items()
            if index.is_near(path) and path in self.requested
            for problem in facts.problems
        ]
        everything += self.find_outside()
        mine: list[InputError] = []
        for problem in everything:
            (mine if self.counts(problem) else self.notes).append(problem)
        for problem in self._archived:
            (mine if problem.file in self._met else self.notes).append(problem)
        return in_order(mine)

    def find_outside(self) -> list[InputError]:
        """Return the errors at paths in requested files that lead out of the repository."""
        outside: list[InputError] = []
        for index, clusters in zip(self._indexes, self._clusters, strict=True):
            for folder, problems in index.outside.items():
                asked = [problem for problem in problems if problem.file in self.requested]
                (outside if clusters.may_apply(folder) else self._archived).extend(asked)
        return outside

    def counts(self, problem: InputError) -> bool:
        """Tell whether a problem is one of what was asked about, and of who reads it."""
        file = problem.file
        if isinstance(problem, DuplicateKey) and file not in self._streams:
            path = os.path.abspath(file)
            if any(clusters.takes_last_key(path) for clusters in self._clusters):
                return False
        return file in self.requested or file in self._rested or file in self._streams

    def _drop_suspended(self, workloads: Iterable[Workload]) -> Iterator[Workload]:
        """Yield workloads that are not suspended; note the others."""
        for workload in workloads:
            suspension = workload.suspension
            if suspension is not None:
                self.notes.append(suspension)
            else:
                yield workload

    def _make_renderer(self, file: str) -> Renderer | None:
        """Return a function that renders unknown charts from the repository of a file."""
        if not self._helm:
            return None
        from vpnlint.charts.any_chart.program import make_renderer
        from vpnlint.files.inside import find_repository

        return make_renderer(self._helm, find_repository(file))
