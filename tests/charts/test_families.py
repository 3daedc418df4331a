"""Tests that the URL of a chart's repository decides its family if the repository's name does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check

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
    [
        ("https://k8s-at-home.com/charts/", "none"),
        ("https://geek-cookbook.github.io/charts", "none"),
        ("https://charts.gabe565.com", "unknown"),  # without an image of one's own
        ("https://example.org/charts", "unknown"),
    ],
)
def test_the_url_of_a_helm_repository_tells_the_family(tmp_path: Path, url: str, egress: str) -> None:
    (tmp_path / "release.yaml").write_text(RELEASE)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "charts.yaml").write_text(REPOSITORY.replace("URL", url))
    result = check([str(tmp_path)], RULESET)
    assert result.problems == ()
    assert [(workload.name, workload.egress) for workload in result.workloads] == [("torrents", egress)]


def test_a_chart_on_the_library_of_app_template_1_is_judged_by_its_image(tmp_path: Path) -> None:
    image = "{image: {repository: ghcr.io/linuxserver/qbittorrent, tag: 5.1.4}, env: {TZ: UTC}}"
    (tmp_path / "release.yaml").write_text(RELEASE.replace("values: {}", f"values: {image}"))
    (tmp_path / "charts.yaml").write_text(REPOSITORY.replace("URL", "https://charts.gabe565.com"))
    (workload,) = check([str(tmp_path)], RULESET).workloads
    assert (workload.client, workload.egress) == ("qbittorrent", "none")
