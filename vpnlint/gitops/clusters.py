"""A scan → clusters: the objects that are applied together, from the files of the repositories that the paths lie in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from vpnlint.errors import InputError
from vpnlint.files.discover import STANDARD_INPUT, repository
from vpnlint.files.index import Scan
from vpnlint.files.reading import File, decode
from vpnlint.files.tree import Tree
from vpnlint.gitops.cluster import Cluster
from vpnlint.gitops.flux.entry_points import Entries
from vpnlint.gitops.flux.reconcile import reconcile
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.document import parse


def around(paths: Sequence[str], scan: Scan) -> Scan:
    """Return the scan with what lies around the paths in their git repositories; itself where they hold all of it."""
    given = [path for path in paths if path != STANDARD_INPUT]
    whole = {os.path.realpath(path) for path in given if os.path.isdir(path)}
    roots = sorted({repository(path) for path in given} - whole)
    # Outside of a repository nothing tells where to stop: a home folder may lie around the file.
    roots = [root for root in roots if os.path.exists(os.path.join(root, ".git"))]
    if not roots:
        return scan
    wider = Scan(scan.concerns, named=scan.named)
    wider.read([*given, *roots])
    return wider


def resolve(
    scan: Scan, tree: Tree, given: Callable[[str], bool], *, every: bool = False
) -> Iterator[Cluster]:
    """Yield the clusters that the scanned files make; given tells of a file whether the user asked about it.

    every: follow also what leads to nothing that has to do with a torrent client.
    """
    entries = Entries(scan, tree)
    for group in entries.find(given):
        yield reconcile(group, tree) if every else reconcile(group, tree, entries.matters)


def streamed(files: Sequence[File], tree: Tree) -> Cluster:
    """Return what stands in streams of manifests as it is: one cluster, nothing of it resolved."""
    cluster = Cluster()
    for file in files:
        try:
            text = decode(file)
        except InputError as error:
            cluster.problems.append(error)
            continue
        for node in tree.objects(parse(text, file.name), file.name):
            cluster.resources.append(Resource(node, {file.name}))
        cluster.problems += tree.problems.get(file.name, [])
    return cluster
