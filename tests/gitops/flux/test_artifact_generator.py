"""Where the files of an ExternalArtifact lie in the repository."""

from __future__ import annotations

import pytest

from vpnlint.gitops.flux.artifact_generator import find_sources, is_artifact_generator
from vpnlint.source.document import Document, parse

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
    document = next(parse(GENERATOR % (origin, target), "ag.yaml"))
    assert isinstance(document, Document)
    assert is_artifact_generator(document.root)
    pairs = [*find_sources([document.root], "flux-system", name, path)]
    assert all(source.text_at("name") == "flux-system" for source, _ in pairs)
    return [place for _, place in pairs]


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
