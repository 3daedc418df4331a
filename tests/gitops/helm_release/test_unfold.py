"""A HelmRelease of a chart in the repository is judged by what that chart installs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out
from tests.shipped import RULESET
from vpnlint.check import check, list_workloads
from vpnlint.workloads.workload import Workload

RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: downloads, namespace: media}
spec:
  chart:
    spec: {chart: ./charts/dl, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}%s}
"""
CHART = "name: dl\nversion: 1.0.0\ndependencies: [{name: app-template, version: 4.4.0, repository: 'https://bjw-s-labs.github.io/helm-charts'}]\n"
CONTAINERS = "{app-template: {controllers: {qb: {containers: %s}}}}"
VALUES = CONTAINERS % "{app: {image: {repository: linuxserver/qbittorrent, tag: 5.1.2}}}" + "\n"
OVER = CONTAINERS % "{vpn: {image: {repository: qmcgaw/gluetun, tag: v3.41.0}}}"
CONFIG = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: media}\n"
    f"data: {{values.yaml: '{OVER}'}}\n"
)
TEMPLATE = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n"
    "spec: {template: {spec: {containers: [{name: a, image: {{ .Values.image }}}]}}}\n"
)


def run(root: Path, files: dict[str, str], spec: str = "", chart: str = "") -> list[Workload]:
    base = {
        "flux/apps.yaml": ks("apps", "./apps"),
        "apps/release.yaml": RELEASE % chart + spec,
        "charts/dl/Chart.yaml": CHART,
        "charts/dl/values.yaml": VALUES,
    }
    found, problems = list_workloads([str(lay_out(root, {**base, **files}))])
    assert problems == ()
    return [workload for workload, _ in found]


def images(workload: Workload) -> list[str]:
    assert workload.object is not None, workload.reason
    return [container.text_at("image") for container in workload.containers]


def test_the_client_of_a_dependency_is_found_at_its_line(tmp_path: Path) -> None:
    (workload,) = run(tmp_path, {})
    assert workload.title == "HelmRelease media/downloads"
    assert images(workload) == ["linuxserver/qbittorrent:5.1.2"]
    result = check([str(tmp_path)], RULESET)
    assert {Path(finding.span.file).name for finding in result.findings} >= {"values.yaml"}
    assert result.not_applied == ()


@pytest.mark.parametrize(
    ("spec", "files"),
    [
        (f"  values: {OVER}\n", {}),
        ("  valuesFrom: [{kind: ConfigMap, name: more}]\n", {"apps/more.yaml": CONFIG}),
    ],
)
def test_the_releases_own_values_are_laid_over_those_of_the_chart(
    spec: str, files: dict[str, str], tmp_path: Path
) -> None:
    (workload,) = run(tmp_path, files, spec)
    assert images(workload) == ["linuxserver/qbittorrent:5.1.2", "qmcgaw/gluetun:v3.41.0"]


def test_values_files_stand_instead_of_the_charts_values(tmp_path: Path) -> None:
    more = {"charts/dl/prod.yaml": VALUES.replace("5.1.2", "5.2")}
    (workload,) = run(tmp_path, more, chart=", valuesFiles: [./charts/dl/prod.yaml]")
    assert images(workload) == ["linuxserver/qbittorrent:5.2"]


def test_a_secret_that_may_hold_values_is_named(tmp_path: Path) -> None:
    (workload,) = run(tmp_path, {}, "  valuesFrom: [{kind: Secret, name: s}]\n")
    assert workload.missing == ("Secret media/s",)


def test_templates_of_the_charts_own_are_filled_in(tmp_path: Path) -> None:
    files = {
        "charts/dl/Chart.yaml": "name: dl\nversion: 1.0.0\n",
        "charts/dl/values.yaml": "image: linuxserver/qbittorrent:5.1.2\n",
        "charts/dl/templates/d.yaml": TEMPLATE,
    }
    (workload,) = run(tmp_path, files)
    assert images(workload) == ["linuxserver/qbittorrent:5.1.2"]
    files["charts/dl/templates/d.yaml"] = TEMPLATE + "# {{ now }}\n"
    (workload,) = run(tmp_path, files)
    assert "d.yaml cannot be filled in offline" in workload.reason


def test_a_chart_that_leads_outside_is_not_read(tmp_path: Path) -> None:
    for name in ("outside", "repo"):
        (tmp_path / name).mkdir()
    lay_out(tmp_path / "outside", {"Chart.yaml": CHART, "values.yaml": VALUES.replace("5.1.2", "outside")})
    release = (RELEASE % "").replace("./charts/dl", "../../outside")
    found = run(tmp_path / "repo", {"apps/release.yaml": release})
    assert all("outside" not in str(workload.object.to_plain()) for workload in found if workload.object)
