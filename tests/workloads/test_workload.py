"""Tests that every kind that runs Pods yields its workload, and that a HelmRelease finds its chart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check, list_workloads

CONTAINERS = "containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: torrents, namespace: media}
spec:
  chartRef: {kind: OCIRepository, name: library}
  values:
    controllers:
      torrents:
        containers:
          app: {image: {repository: linuxserver/qbittorrent, tag: 5.1.2}}
"""
SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: library, namespace: flux-system}
spec: {url: oci://ghcr.io/bjw-s-labs/helm/app-template, ref: {tag: 4.4.0}}
"""


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Pod", f"{{{CONTAINERS}}}"),
        ("Deployment", f"{{template: {{spec: {{{CONTAINERS}}}}}}}"),
        ("StatefulSet", f"{{template: {{spec: {{{CONTAINERS}}}}}}}"),
        ("DaemonSet", f"{{template: {{spec: {{{CONTAINERS}}}}}}}"),
        ("Job", f"{{template: {{spec: {{{CONTAINERS}}}}}}}"),
        ("CronJob", f"{{jobTemplate: {{spec: {{template: {{spec: {{{CONTAINERS}}}}}}}}}}}"),
    ],
)
def test_every_kind_that_runs_pods_is_judged(tmp_path: Path, kind: str, spec: str) -> None:
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x, namespace: media}}\nspec: {spec}\n"
    (tmp_path / "one.yaml").write_text(text)
    (tmp_path / "list.yaml").write_text(
        "apiVersion: v1\nkind: List\nitems:\n"
        + "\n".join(("- " if not i else "  ") + line for i, line in enumerate(text.splitlines()))
    )
    result = check([str(tmp_path)], RULESET)
    assert result.problems == ()
    assert [(w.kind, w.namespace, w.name, w.client, w.egress) for w in result.workloads] == [
        (kind, "media", "x", "qbittorrent", "none")
    ] * 2
    assert {finding.workload for finding in result.findings} == {f"{kind} media/x"}


def test_a_chart_is_found_in_another_file_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "release.yaml").write_text(RELEASE)
    (tmp_path / "sources.yaml").write_text(SOURCE)
    for path in (tmp_path, tmp_path / "apps", tmp_path / "apps" / "release.yaml"):
        workloads, problems = list_workloads([str(path)])
        assert problems == ()
        ((workload, _),) = workloads
        assert workload.object is not None
        labels = workload.object.get("spec", "template", "metadata", "labels")
        assert labels is not None
        assert "app.kubernetes.io/controller" in labels.map, "the name of the label since 4.0"


def test_of_several_sources_of_one_name_the_nearest_counts(tmp_path: Path) -> None:
    for cluster, tag in (("home", "3.7.3"), ("work", "4.4.0")):
        (tmp_path / cluster / "apps").mkdir(parents=True)
        (tmp_path / cluster / "apps" / "release.yaml").write_text(RELEASE)
        (tmp_path / cluster / "source.yaml").write_text(SOURCE.replace("4.4.0", tag))
    found = {Path(w.source.file).parts[-3]: w.object for w, _ in list_workloads([str(tmp_path)])[0]}
    labels = {
        cluster: made.get("spec", "template", "metadata", "labels") for cluster, made in found.items() if made
    }
    assert labels["home"] is not None
    assert labels["work"] is not None
    assert "app.kubernetes.io/component" in labels["home"].map
    assert "app.kubernetes.io/controller" in labels["work"].map


def test_a_chart_that_nobody_knows_is_unknown_not_safe(tmp_path: Path) -> None:
    unknown = RELEASE.replace(
        "  chartRef: {kind: OCIRepository, name: library}\n", "  chart: {spec: {chart: mine}}\n"
    )
    unknown = unknown.replace(
        "    controllers:\n      torrents:\n        containers:\n          app: {image:",
        "    server: {image:",
    )
    (tmp_path / "release.yaml").write_text(unknown)
    result = check([str(tmp_path)], RULESET)
    (workload,) = result.workloads
    assert (workload.egress, workload.client) == ("unknown", "qbittorrent")
    assert workload.reason == "vpnlint does not know the chart mine"
    assert result.findings == ()


def test_what_only_mentions_a_client_is_not_one(tmp_path: Path) -> None:
    (tmp_path / "exporter.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: qbittorrent-exporter}\n"
        "spec: {containers: [{name: e, image: esanchezm/prometheus-qbittorrent-exporter:v1}]}\n"
    )
    result = check([str(tmp_path)], RULESET)
    assert (result.workloads, result.findings, result.problems) == ((), (), ())
