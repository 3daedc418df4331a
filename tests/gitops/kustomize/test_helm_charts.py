"""A chart of `helmCharts` makes the Pods that kustomize would have Helm make."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out
from vpnlint.check import list_workloads
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.build import build_folder
from vpnlint.workloads.workload import Workload

VALUES = (
    "controllers: {qb: {containers: {app: {image: {repository: linuxserver/qbittorrent, tag: 5.1.2}}}}}\n"
)
CHART = "{name: app-template, repo: 'oci://ghcr.io/bjw-s-labs/helm', version: 4.4.0, releaseName: qb%s}"
GLUETUN = "{controllers: {qb: {containers: {vpn: {image: {repository: qmcgaw/gluetun, tag: v3.41.0}}}}}}"


def run(root: Path, kustomization: str, more: dict[str, str] | None = None) -> Workload:
    files = {
        "k/kustomization.yaml": f"namespace: media\n{kustomization}",
        "k/values.yaml": VALUES,
        **(more or {}),
    }
    found, problems = list_workloads([str(lay_out(root, files))])
    assert problems == ()
    ((workload, _),) = found
    return workload


def images(workload: Workload) -> list[str]:
    assert workload.object is not None, workload.reason
    return [container.text_at("image") for container in workload.containers]


def test_a_chart_with_a_values_file_is_judged_each_field_at_its_line(tmp_path: Path) -> None:
    workload = run(tmp_path, f"helmCharts: [{CHART % ', valuesFile: values.yaml'}]\n")
    assert workload.namespace == "media"
    image = workload.containers[0].get("image")
    assert image is not None
    assert Path(image.file).name == "values.yaml"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            f", valuesFile: values.yaml, valuesInline: {GLUETUN}",
            ["linuxserver/qbittorrent:5.1.2", "qmcgaw/gluetun:v3.41.0"],
        ),
        (
            f", valuesFile: values.yaml, valuesMerge: replace, valuesInline: {GLUETUN}",
            ["qmcgaw/gluetun:v3.41.0"],
        ),
        (", valuesFile: values.yaml, additionalValuesFiles: [more.yaml]", ["linuxserver/qbittorrent:4"]),
    ],
)
def test_inline_values_and_further_files(more: str, expected: list[str], tmp_path: Path) -> None:
    further = "controllers: {qb: {containers: {app: {image: {tag: '4'}}}}}\n"
    assert images(run(tmp_path, f"helmCharts: [{CHART % more}]\n", {"k/more.yaml": further})) == expected


def test_the_kustomizations_patches_and_images_change_what_the_chart_makes(tmp_path: Path) -> None:
    kustomization = (
        f"helmCharts: [{CHART % ', valuesFile: values.yaml'}]\n"
        "images: [{name: linuxserver/qbittorrent, newTag: '5.2'}]\n"
        "patches:\n  - target: {kind: Deployment}\n    path: p.yaml\n"
    )
    patch = "[{op: add, path: /spec/template/spec/hostNetwork, value: true}]"
    workload = run(tmp_path, kustomization, {"k/p.yaml": patch})
    assert images(workload) == ["linuxserver/qbittorrent:5.2"]
    assert workload.template is not None
    assert workload.template.is_true("spec", "hostNetwork")


def test_a_chart_beside_the_kustomization_is_read(tmp_path: Path) -> None:
    chart = (
        "name: mine\nversion: 1.0.0\ndependencies: [{name: app-template, version: 4.4.0, repository: x}]\n"
    )
    more = {
        "k/charts/mine/Chart.yaml": chart,
        "k/charts/mine/values.yaml": f"app-template:\n  {VALUES}",
    }
    workload = run(tmp_path, "helmCharts: [{name: mine}]\n", more)
    assert images(workload) == ["linuxserver/qbittorrent:5.1.2"]


def test_a_values_file_that_is_not_there_is_said_at_its_place(tmp_path: Path) -> None:
    lay_out(tmp_path, {"kustomization.yaml": f"helmCharts: [{CHART % ', valuesFile: none.yaml'}]\n"})
    (problem,) = build_folder(str(tmp_path), Tree()).problems
    assert "none.yaml cannot be read" in problem.message
    assert problem.line == 1


def test_two_charts_of_one_release_name_are_both_read(tmp_path: Path) -> None:
    charts = (
        f"helmCharts:\n  - {CHART % ', valuesFile: values.yaml'}\n  - {CHART % ', valuesFile: more.yaml'}\n"
    )
    more = VALUES.replace("qb:", "other:", 1).replace("5.1.2", "5.1.4")
    files = {"k/kustomization.yaml": charts, "k/values.yaml": VALUES, "k/more.yaml": more}
    found, problems = list_workloads([str(lay_out(tmp_path, files))])
    assert problems == ()
    assert [images(workload) for workload, _ in found] == [
        ["linuxserver/qbittorrent:5.1.2"],
        ["linuxserver/qbittorrent:5.1.4"],
    ]
