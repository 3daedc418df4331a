"""The family of a chart is told by its repository's url where the repository's name says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpnlint.check import check
from vpnlint.ruleset.ruleset import load_rules

RULESET = load_rules()
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: torrents, namespace: media}
spec:
  chart: {spec: {chart: qbittorrent, version: 13.5.2, sourceRef: {kind: HelmRepository, name: charts, namespace: flux-system}}}
  values: {}
"""
REPOSITORY = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {url: URL}
"""


@pytest.mark.parametrize(
    ("url", "egress"),
    [("https://k8s-at-home.com/charts/", "none"), ("https://example.org/charts", "unknown")],
)
def test_the_url_of_a_helm_repository_tells_the_family(tmp_path: Path, url: str, egress: str) -> None:
    (tmp_path / "release.yaml").write_text(RELEASE)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "charts.yaml").write_text(REPOSITORY.replace("URL", url))
    result = check([str(tmp_path)], RULESET)
    assert result.problems == ()
    assert [(workload.name, workload.egress) for workload in result.workloads] == [("torrents", egress)]
