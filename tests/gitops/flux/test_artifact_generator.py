"""Where the files of an ExternalArtifact lie in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out, names, pod
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.files.facts import Lead
from vpnlint.gitops.flux.artifact_generator import find_copy_origins, is_artifact_generator, read_copy_leads
from vpnlint.source.document import Document, parse_documents

GENERATOR = """\
apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: apps, namespace: flux-system}
spec:
  sources:
    - {alias: git, kind: GitRepository, name: flux-system}
    - {alias: chart, kind: HelmChart, name: x}
  artifacts:
    - name: media
      copy: [{from: "%s", to: "%s"}]
"""


def found(origin: str, target: str, path: str, name: str = "media") -> list[str]:
    document = next(parse_documents(GENERATOR % (origin, target), "ag.yaml"))
    assert isinstance(document, Document)
    assert is_artifact_generator(document.root)
    lead = Lead(path, ("ExternalArtifact", "flux-system", name))
    leads = [item for copy in read_copy_leads(document.root) for item in find_copy_origins(copy, lead)]
    assert all(item.source == ("GitRepository", "flux-system", "flux-system") for item in leads)
    return [item.path for item in leads]


@pytest.mark.parametrize(
    ("origin", "target", "path", "expected"),
    [
        ("@git/apps/media/**", "@artifact/", "./qb", ["apps/media/qb"]),
        ("@git/apps/media/**", "@artifact/", "./", ["apps/media"]),
        ("@git/apps/media/**", "@artifact/deep/", "deep/qb", ["apps/media/qb"]),
        ("@git/apps/media/**", "@artifact/deep/", "qb", []),
        ("@git/**", "@artifact/", "./apps/qb", ["apps/qb"]),
        ("@git/apps/qb", "@artifact/", "qb", ["apps/qb", "apps/qb/qb"]),
        ("@git/apps/qb/", "@artifact/x/", "x", ["apps/qb"]),
        ("@chart/**", "@artifact/", "qb", []),
        ("nonsense", "@artifact/", "qb", []),
    ],
)
def test_a_path_of_an_artifact(origin: str, target: str, path: str, expected: list[str]) -> None:
    assert found(origin, target, path) == expected


def test_another_artifact_is_not_meant() -> None:
    assert found("@git/**", "@artifact/", "qb", name="other") == []


def test_a_kustomization_of_an_artifact_is_followed_into_the_repository(tmp_path: Path) -> None:
    artifact = ks("media", "./qb").replace(
        "kind: GitRepository, name: flux-system", "kind: ExternalArtifact, name: media"
    )
    files = {
        "clusters/home/flux.yaml": ks("flux-system", "./clusters/home"),
        "clusters/home/apps.yaml": GENERATOR % ("@git/apps/media/**", "@artifact/"),
        "clusters/home/media.yaml": artifact,
        "apps/media/qb/pod.yaml": pod("qb"),
        "apps/other/pod.yaml": pod("other"),
    }
    assert "qb" in names(lay_out(tmp_path, files))
    result = check([str(tmp_path / "apps/media/qb/pod.yaml")], RULESET)
    assert [(judged.name, judged.applied) for judged in result.workloads] == [("qb", "followed")]
