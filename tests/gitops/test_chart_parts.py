"""Who asks about any part of a chart is told of the clients that it makes, as by a run over all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out
from tests.shipped import RULESET
from vpnlint.check import check

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: qb}\nspec: {containers: [{name: app, image: linuxserver/qbittorrent:5.1.2}]}\n"
CHART = "apiVersion: v2\nname: NAME\nversion: 1.0.0\n"
ON_LIBRARY = CHART + "dependencies: [{name: LIBRARY, version: 1.0.0, repository: 'file://../LIBRARY'}]\n"
LIBRARY = {
    "charts/lib/Chart.yaml": CHART.replace("NAME", "lib") + "type: library\n",
    "charts/lib/templates/_pod.tpl": '{{- define "lib.pod" -}}\n' + POD + "{{- end -}}\n",
}
ON = {
    "charts/media/Chart.yaml": ON_LIBRARY.replace("NAME", "media").replace("LIBRARY", "lib"),
    "charts/media/templates/all.yaml": '{{ include "lib.pod" . }}\n',
}
APPLICATION = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: media}\n"
    "spec: {source: {repoURL: https://example.org/this, path: PATH}}\n"
)
RELEASE = (
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: media, namespace: media}\n"
    "spec: {chart: {spec: {chart: ./charts/media, sourceRef: {kind: GitRepository, name: flux-system,"
    " namespace: flux-system}}}}\n"
)
PARTS = {
    "a template that is an Application": (
        {
            "root/Chart.yaml": CHART.replace("NAME", "root"),
            "root/values.yaml": "{}\n",
            "root/templates/media.yaml": APPLICATION.replace("PATH", "media"),
            "media/qb.yaml": POD,
        },
        ["root/templates/media.yaml", "root/Chart.yaml", "media/qb.yaml"],
        {"Pod qb"},
    ),
    "a library of one's own": ({**LIBRARY, **ON}, [*LIBRARY, *ON], {"Chart media"}),
    "a library of an Application's chart": (
        {**LIBRARY, **ON, "media.yaml": APPLICATION.replace("PATH", "charts/media")},
        [*LIBRARY, *ON, "media.yaml"],
        {"Application media"},
    ),
    "a library of a HelmRelease's chart": (
        {**LIBRARY, **ON, "flux/ks.yaml": ks("flux-system", "./apps"), "apps/media.yaml": RELEASE},
        [*LIBRARY, *ON, "apps/media.yaml"],
        {"HelmRelease media"},
    ),
    "a chart that another installs": (
        {
            "charts/qb/Chart.yaml": CHART.replace("NAME", "qb"),
            "charts/qb/values.yaml": "{}\n",
            "charts/qb/templates/pod.yaml": POD,
            "charts/media/Chart.yaml": ON_LIBRARY.replace("NAME", "media").replace("LIBRARY", "qb"),
        },
        ["charts/qb/templates/pod.yaml", "charts/qb/values.yaml", "charts/qb/Chart.yaml"],
        {"Chart media", "Chart qb"},
    ),
}


@pytest.mark.parametrize(("files", "asked", "workloads"), PARTS.values(), ids=PARTS)
def test_a_part_of_a_chart_says_what_the_whole_says(
    files: dict[str, str],
    asked: list[str],
    workloads: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(lay_out(tmp_path, files))
    for path in (".", *asked):
        assert {f"{item.kind} {item.name}" for item in check([path], RULESET).workloads} == workloads


def test_a_chart_that_an_applied_one_installs_is_judged_with_its_values_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, *_ = PARTS["a chart that another installs"]
    switched = {
        **files,
        "charts/qb/values.yaml": "run: true\n",
        "charts/qb/templates/pod.yaml": "{{ if .Values.run }}\n" + POD + "{{ end }}\n",
        "charts/media/values.yaml": "qb: {run: false}\n",
        "media.yaml": APPLICATION.replace("PATH", "charts/media"),
    }
    monkeypatch.chdir(lay_out(tmp_path, switched))
    assert check(["."], RULESET).workloads == ()
    Path("charts/media/values.yaml").write_text("qb: {run: true}\n")
    (workload,) = check(["."], RULESET).workloads
    assert (workload.kind, workload.name) == ("Application", "media")


def test_what_a_chart_fills_in_need_be_no_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "qb/Chart.yaml": CHART.replace("NAME", "qb"),
        "qb/templates/pod.yaml": POD,
        "qb/templates/config.yaml": '{{ tpl (.Files.Get "files/services.yaml") . }}\n',
        "qb/questions.yaml": "questions:\n  - qbittorrent\n b: [\n",
        "qb/files/services.yaml": "{{- if .Values.qbittorrent }}\n- a\n  {{- end }}\n b: [\n",
    }
    monkeypatch.chdir(lay_out(tmp_path, files))
    for path in (".", "qb", "qb/files/services.yaml", "qb/questions.yaml"):
        assert check([path], RULESET).problems == ()
    Path("services.yaml").write_text(files["qb/files/services.yaml"])
    assert [problem.file for problem in check(["services.yaml"], RULESET).problems] == ["services.yaml"]
