"""Whether a torrent client of the corpus is reached at all; tests/oracles/flux compares what is applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.checkout import CORPUS, needs_corpus, take_turn
from vpnlint.check import list_objects

pytestmark = needs_corpus

# Labelled "not applied" by a reader, where nothing in the repository proves it (docs/decisions.md, 75).
NOT_PROVEN = {
    ".archive/kubernetes/apps/default/transmission/app/helmrelease.yaml": "no applied folder lies above .archive",
}


def test_the_torrent_client_of_a_flux_repository_is_reached_offline() -> None:
    """By two commits; `make properties` takes all repositories."""
    labels: dict[str, list[dict[str, Any]]] = {}
    for line in (CORPUS / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        file = CORPUS / "repos" / label["repo"].replace("/", "__") / label["path"]
        if "kind: HelmRelease" in file.read_text():
            labels.setdefault(label["repo"], []).append({**label, "file": file.resolve()})
    disputed = [repo for repo, found in labels.items() if any(label["path"] in NOT_PROVEN for label in found)]
    reached: dict[str, bool] = {}
    wrong = []
    for repo in [*disputed, *take_turn([repo for repo in labels if repo not in disputed], of=2)]:
        nodes, _ = list_objects([str(CORPUS / "repos" / repo.replace("/", "__"))])
        files = {
            Path(node.file).resolve() for node in nodes if "HelmRelease" in (node.get("kind") or node).text
        }
        wrong += [one["path"] for one in labels[repo] if one["file"] in files and not one["applied"]]
        if applied := [one["file"] for one in labels[repo] if one["applied"]]:
            reached[repo] = files.issuperset(applied)
    print(f"{sum(reached.values())} of {len(reached)} Flux repositories are resolved to their torrent client")
    assert wrong == list(NOT_PROVEN)
    assert {repo for repo, found in reached.items() if not found} == set()
    assert len(reached) > 40
