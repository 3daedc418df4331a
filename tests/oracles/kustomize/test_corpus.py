"""Every kustomization of the corpus that builds offline equals what kustomize's own code makes of it, object
by object, in order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.checkout import CORPUS, needs_corpus
from tests.oracles.flux.programs import numbers
from tests.oracles.kustomize.answers import ask, built
from vpnlint.files.discover import KUSTOMIZATIONS
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.build import build_folder

pytestmark = needs_corpus

# Where the text that kustomize prints differs from the objects that it holds: it keeps the style of a folded
# text (`>`), and go-yaml writes one break too many before its more-indented lines (go-yaml/yaml#804, which
# kyaml forked). What is printed is what is applied; vpnlint leaves these blank lines out: no setting that it
# reads depends on one.
PRINTED_OTHERWISE = """
trees/00o-sh__special-winner/kubernetes/apps/volsync-system/volsync/app
trees/00o-sh__special-winner/kubernetes/apps/volsync-system/volsync/maintenance
trees/davralin__cluster-ops/kubernetes/security
trees/equinoxel__home-ops/kubernetes/apps/database/cnpg/pgadmin
trees/equinoxel__home-ops/kubernetes/apps/storage-system/volsync/app
trees/equinoxel__home-ops/kubernetes/apps/storage-system/volsync/app/mutations
trees/equinoxel__home-ops/kubernetes/apps/storage-system/volsync/maintenance
trees/gravity182__home-ops/kubernetes/apps/default/prowlarr
trees/gravity182__home-ops/kubernetes/apps/default/prowlarr/exporter
trees/gravity182__home-ops/kubernetes/apps/monitoring/kube-prometheus-stack/app
trees/m00nwtchr__homelab-cluster/kubernetes/apps/gitea/forgejo-runner/app
trees/m00nwtchr__homelab-cluster/kubernetes/apps/network/envoy/gateway
trees/m00nwtchr__homelab-cluster/kubernetes/apps/network/stunner/gateway
trees/m00nwtchr__homelab-cluster/kubernetes/apps/renovate/renovate-operator/config
trees/qlonik__musical-parakeet/kubernetes/main/apps/default/calibre-web/app
trees/qlonik__musical-parakeet/kubernetes/main/apps/default/lazylibrarian/app
"""


class Pair(NamedTuple):
    """A kustomization's folder, what kustomize makes of it, and what vpnlint does."""

    folder: str
    kustomize: dict[str, Any]
    ours: list[Any]


def folders() -> Iterator[tuple[str, str]]:
    """Yield each repository and folder with a kustomization that is no component: those build by
    themselves."""
    for part in ("repos", "trees"):
        for root in sorted((CORPUS / part).iterdir()):
            for folder, below, files in os.walk(root):
                below.sort()
                name = next((name for name in KUSTOMIZATIONS if name in files), None)
                if name is not None and "kind: Component" not in Path(folder, name).read_text():
                    yield str(root), folder


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    asked = built()
    if asked is None:
        pytest.skip("kustomize's code is not there: `tools/build flux` builds it")
    found = [*folders()]
    trees: dict[str, Tree] = {}
    made = []
    for (root, folder), answer in zip(found, ask(asked, [folder for _, folder in found]), strict=True):
        if "error" not in answer:
            tree = trees.setdefault(root, Tree())
            ours = [numbers(resource.node.to_plain()) for resource in build_folder(folder, tree).resources]
            made.append(Pair(os.path.relpath(folder, CORPUS), numbers(answer), ours))
    print(f"kustomize builds {len(made)} of {len(found)} kustomizations offline")
    return made


def test_the_objects_are_those_that_kustomize_makes(pairs: list[Pair]) -> None:
    differ = [pair.folder for pair in pairs if pair.ours != (pair.kustomize["objects"] or [])]
    print(f"{len(pairs) - len(differ)} of {len(pairs)} as kustomize builds them")
    assert len(pairs) > 3000
    assert differ == []


def test_kustomize_prints_them_otherwise_only_in_blank_lines(pairs: list[Pair]) -> None:
    printed = {pair.folder: pair for pair in pairs if "printed" in pair.kustomize}
    print(f"{len(printed)} of {len(pairs)} read otherwise once kustomize has printed them")
    assert sorted(printed) == PRINTED_OTHERWISE.split()
    for pair in printed.values():
        assert pair.ours != pair.kustomize["printed"]
        assert without_blank_lines(pair.ours) == without_blank_lines(pair.kustomize["printed"])


def without_blank_lines(value: Any) -> Any:  # noqa: ANN401  (JSON of any shape)
    if isinstance(value, dict):
        return {key: without_blank_lines(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_blank_lines(item) for item in value]
    return re.sub(r"\n+", "\n", value) if isinstance(value, str) else value
