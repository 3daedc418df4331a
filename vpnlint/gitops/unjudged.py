"""Torrent clients of a repository that cannot be judged, and why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from vpnlint.errors import InputError
from vpnlint.files.facts import ObjectFacts, Place
from vpnlint.files.index import Index
from vpnlint.gitops.clusters import Clusters
from vpnlint.source.deferred_pattern import defer_pattern

# Tools that make objects of files that vpnlint does not read, by the names of their files.
_TOOLS = {
    "helmfile.yaml": "helmfile is not read",
    "helmfile.yml": "helmfile is not read",
    "fleet.yaml": "Fleet is not read",
}
# What Artifact Hub shows of a chart.
_ABOUT = "artifacthub-pkg."
# Docker Compose's files are called anything, and have this key, of a mapping.
_COMPOSE = "Docker Compose is not read"
_SERVICES = defer_pattern(
    r"^services:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+[\w.\"'-]+:", re.MULTILINE
)
_NO_OBJECT = "it is not a Kubernetes object, and nothing that vpnlint follows reads values from it"
_IN_JSON = "Flux applies no JSON of a folder without a kustomization"
_NOT_MADE = "its Pods come from outside of this repository, or from something that vpnlint does not follow"


class UnjudgedClients:
    """Finds the clients that no verdict is about."""

    def __init__(self, index: Index, clusters: Clusters) -> None:
        """Take the facts of a repository and the clusters that it describes."""
        self._index = index
        self._clusters = clusters

    def find_foreign(self) -> Iterator[InputError]:
        """Yield each client in an object of an unknown kind, whatever else its file holds."""
        for path, facts in self._index.files.items():
            foreign = [item for item in facts.objects if item.foreign]
            for item in foreign if foreign and not self._clusters.leaves_out(path) else ():
                kind = f"{item.kind} of {item.group}" if item.group else item.kind
                why = f"{item.kind} {item.name}: vpnlint does not know {kind} as a kind that runs Pods"
                yield InputError(self._index.workspace.name(path), f"not judged: {why}", item.line, 1)

    def find_clients(self) -> Iterator[tuple[Place, InputError]]:
        """Yield each file that names a client's image or chart and may be applied, with the reason.

        The reason holds only where no workload rests on the file.
        """
        for path, facts in self._index.files.items():
            if self._clusters.leaves_out(path) or os.path.basename(path).startswith(_ABOUT):
                continue
            name = self._index.workspace.name(path)
            item = next((item for item in facts.objects if item.client and not item.foreign), None)
            if item is not None and path.endswith(".json"):
                yield path, InputError(name, f"not judged: {_IN_JSON}", item.line, 1)
            elif item is not None:
                yield path, InputError(name, f"not judged: {self._explain_object(path, item)}", item.line, 1)
            elif facts.client_line:
                yield path, InputError(name, f"not judged: {self._explain_text(path)}", facts.client_line, 1)
        for folder, entries in self._index.remote.items():
            if folder not in self._clusters.left_out:
                yield from (
                    (folder, entry.error(f"not judged: vpnlint does not fetch {entry.text}"))
                    for entry in entries
                )

    def _explain_text(self, path: Place) -> str:
        text = self._index.workspace.text(path)
        if isinstance(text, str) and _SERVICES.search(text):
            return _COMPOSE
        return _TOOLS.get(os.path.basename(path), _NO_OBJECT)

    def _explain_object(self, path: Place, item: ObjectFacts) -> str:
        lost = [lead for place, lead in self._clusters.references.elsewhere if place == path]
        missing = next((lead for lead in lost if lead in item.leads), None)
        why = f"{missing.title} is not in this repository" if missing is not None else _NOT_MADE
        return f"{item.kind} {item.name}: {why}"
