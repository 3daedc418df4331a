"""A repository → its clusters: the objects that are applied together, and the files that nothing applies."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from vpnlint.errors import InputError
from vpnlint.files.facts import Place
from vpnlint.files.index import Index
from vpnlint.files.node_configs import PodNetwork, find_pod_networks
from vpnlint.files.reading import File, decode
from vpnlint.files.tree import Tree
from vpnlint.gitops.cluster import Cluster
from vpnlint.gitops.entry_points import EntryPoints
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.makers import Makers
from vpnlint.gitops.partition import Entry, partition_entries
from vpnlint.gitops.reconcile import reconcile_cluster
from vpnlint.gitops.references import References
from vpnlint.source.document import parse_documents


class Clusters:
    """The clusters that a repository describes."""

    def __init__(
        self,
        index: Index,
        *,
        every: bool = False,
        tree: Tree | None = None,
        makers: Makers | None = None,
    ) -> None:
        """Take the index of the repository.

        every: also follow references that no torrent client needs. tree: parses the files (None: a new one).
        makers: builds folders, and makes objects of others.
        """
        self.index = index
        self._every = every
        self._makers = makers
        self.tree = tree or Tree(index.workspace, None if every else index.wanted)
        self.tree.budget.widen(index.workspace.size)
        self.left_out: set[Place] = set()

    def renew(self, *, leads: bool) -> None:
        """Forget which places matter, as the index changed, and if `leads` changed, all references, too."""
        self.index.whole.clear()
        for name in (
            "_mattering",
            "pod_networks",
            *(("references", "entry_points", "_followed", "_is_argos") if leads else ()),
        ):
            self.__dict__.pop(name, None)

    @cached_property
    def references(self) -> References:
        """The references between its files."""
        return References(self.index)

    @cached_property
    def entry_points(self) -> EntryPoints:
        """Where clusters begin."""
        return EntryPoints(self.references)

    @cached_property
    def pod_networks(self) -> tuple[PodNetwork, ...]:
        """The networks of Pods in files that may configure nodes; what cannot be read names none."""
        texts = ((path, self.tree.text(path)) for path in sorted(self.index.node_configs))
        return tuple(
            network
            for path, text in texts
            if text is not None
            for document in parse_documents(text, self.index.workspace.name(path))
            if not isinstance(document, InputError)
            for network in find_pod_networks(document.root)
        )

    @cached_property
    def _mattering(self) -> set[Place]:
        """The places that matter by themselves or lead to such."""
        index = self.index
        places = [place for place in (*index.files, *index.listings, *index.charts) if index.matters(place)]
        for path, users in self.references.users.items():
            if index.is_near(path) or path in index.charts:
                # The target of a patch or values file that names a client may itself name none.
                places += users
                index.whole |= self.references.reach(users)
        changing = self._find_changing()
        places += changing
        index.whole |= self.references.reach(changing)
        return self.references.find_leading([*places, *index.whole])

    def matters(self, place: Place) -> bool:
        """Tell whether a file or folder holds anything that matters, or leads to it."""
        return self._every or place in self._mattering

    @property
    def follows_anything(self) -> bool:
        """Whether the repository has entry points, which lead vpnlint to the rest of it."""
        return bool(self.entry_points.followed)

    def may_apply(self, place: Place) -> bool:
        """Tell whether an entry point leads to a place, or the repository has none."""
        return not self.follows_anything or place in self._followed

    @cached_property
    def _followed(self) -> set[Place]:
        """The places that the entry points lead to."""
        return self.references.reach(self.entry_points.followed)

    def leaves_out(self, path: Place) -> bool:
        """Tell whether a file is certainly not applied.

        This includes a file that only such files take values or patches from, and a file without objects that
        the kustomization in its folder does not use. Values files are excepted: people install charts with
        values files that no kustomization lists.
        """
        if path in self.left_out:
            return True
        users = self.references.users.get(path)
        if users:
            return all(user in self.left_out for user in users)
        folder, name = os.path.split(path)
        return not self.index.objects(path) and folder in self.index.listings and "values" not in name.lower()

    @cached_property
    def _is_argos(self) -> bool:
        """Whether Applications lead on in the repository, and no object of Flux does."""
        leading = [item for path in self.references.leads for item in self.index.objects(path) if item.leads]
        return bool(leading) and all(item.group == "argoproj.io" for item in leading)

    def takes_last_key(self, path: Place) -> bool:
        """Tell whether Argo CD alone reads a file, which takes the last of two equal keys."""
        above = self.references.above.get(path, ())
        return self._is_argos and self.index.listings.keys().isdisjoint(above)

    def list_elsewhere(self) -> Iterator[InputError]:
        """Yield a note at each object whose path is not read because it belongs to another repository."""
        for path, lead in self.references.elsewhere:
            message = f"{lead.title} is not in this repository; it is not read"
            item = next(item for item in self.index.objects(path) if lead in item.leads)
            yield InputError(self.index.workspace.name(path), message, item.line, 1)

    def touches_client(self, places: Sequence[Place]) -> bool:
        """Tell whether one of the places may have a part in running a torrent client."""
        references, index = self.references, self.index
        taking = set(places)
        stack = [*places]
        while stack:
            place = stack.pop()
            listing = index.listings.get(place)
            above = references.above.get(place, ()) if listing is not None and listing.component else ()
            for user in (*references.users.get(place, ()), *above):
                if user not in taking:
                    taking.add(user)
                    stack.append(user)
        reached = self._add_used(references.reach(taking))
        changing = self._find_changing()
        return (
            bool(changing and changing & references.find_leading(places))
            or any(map(index.speaks_of_client, reached))
            or any(map(index.names_what_matters, taking))
            or any(map(index.may_be_blamed, places))
        )

    def _add_used(self, places: set[Place]) -> set[Place]:
        """Return places and the files that they use, as charts and patches may name a client."""
        return places | {path for place in places for path in self.references.used.get(place, ())}

    def _find_changing(self) -> set[Place]:
        """Return the places that make a client of objects which may name none, also by a component."""
        changing: set[Place] = set()
        stack = [*self.index.changing, *filter(self.index.takes_client_image, self.references.leads)]
        while stack:
            folder = stack.pop()
            if folder not in changing:
                changing.add(folder)
                listing = self.index.listings.get(folder)
                stack += self.references.above.get(folder, ()) if listing and listing.component else ()
        return changing

    def resolve(self, asked: Sequence[Place] | None = None) -> Iterator[Cluster]:
        """Yield the clusters that one of the places asked about has a part in (None: all clusters)."""
        self.left_out = set(self.entry_points.left_out)
        leading = self.references.find_leading(asked) if asked is not None else None
        by_base: dict[str, list[Entry]] = defaultdict(list)
        for entry in partition_entries(self.entry_points):
            by_base[entry.base].append(entry)
        for entries in by_base.values():
            by_hand = [entry for entry in entries if self._is_judged_by_hand(entry, leading)]
            followed = [entry for entry in entries if entry.followed and (by_hand or _is_met(entry, leading))]
            beside: list[list[Resource]] = []
            for entry in (*followed, *by_hand):
                cluster = self._reconcile(entry)
                if entry.followed and by_hand:
                    beside.append(cluster.resources)
                elif not entry.followed and len(beside) == 1:
                    # If the repository has one cluster, objects applied by hand go to that one.
                    (cluster.beside,) = beside
                yield cluster
                self.tree.forget()

    def _is_judged_by_hand(self, entry: Entry, leading: set[Place] | None) -> bool:
        """Tell whether a cluster has a torrent client, was asked about, and nothing applies it."""
        if entry.followed or not _is_met(entry, leading):
            return False
        return self._every or any(map(self.index.speaks_of_client, self._add_used(entry.reached)))

    def _reconcile(self, entry: Entry) -> Cluster:
        places = [place for place in entry.places if self.matters(place)]
        cluster = reconcile_cluster(places, self.tree, self.matters, self.references.locate, self._makers)
        cluster.followed = entry.followed
        cluster.pod_networks = self.pod_networks
        self.left_out |= self.references.reach(cluster.suspended_places)
        self.left_out |= {os.path.abspath(file) for file in cluster.removed}
        return cluster


def _is_met(entry: Entry, places: set[Place] | None) -> bool:
    return places is None or not places.isdisjoint(entry.reached)


def read_streams(files: Sequence[File], tree: Tree) -> Cluster:
    """Return the objects of streams of rendered manifests, unchanged, as one cluster."""
    cluster = Cluster()
    for file in files:
        try:
            text = decode(file)
        except InputError as error:
            cluster.problems.append(error)
            continue
        for node in tree.objects(parse_documents(text, file.name), file.name):
            cluster.resources.append(Resource(node, {file.name}))
        cluster.problems += tree.problems.get(file.name, [])
    return cluster
