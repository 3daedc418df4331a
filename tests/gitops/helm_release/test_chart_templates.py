"""A chart with templates of its own makes what Helm would make of it, or is said to be unknown."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out
from vpnlint.check import list_workloads
from vpnlint.files.tree import Tree
from vpnlint.gitops.helm_release.chart_files import MAX_FILES, ChartFiles, read_chart_files
from vpnlint.source.go_template.dialects import HELM
from vpnlint.source.go_template.render import Renderer
from vpnlint.workloads.workload import Workload

CHART = "apiVersion: v2\nname: torrents\nversion: 1.2.3\nappVersion: '5'\n"
VALUES = (
    "image: {repository: linuxserver/qbittorrent, tag: 5.1.2}\n"
    "replicas: 1\nenv: {A: b}\nvpn: {enabled: true}\n"
)
HELPERS = '{{- define "name" -}}\n{{ .Release.Name | trunc 63 }}-{{ .Chart.Name }}\n{{- end }}\n'
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" . }}
spec:
  replicas: {{ .Values.replicas | default 1 }}
  template:
    spec:
      containers:
        - name: app
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          {{- with .Values.env }}
          env:
            {{- range $key, $value := . }}
            - name: {{ $key }}
              value: {{ $value | quote }}
            {{- end }}
          {{- end }}
        {{- if .Values.vpn.enabled }}
        - {name: vpn, image: "qmcgaw/gluetun:v3.41.0"}
        {{- end }}
"""
DEPENDENCY = "dependencies: [{name: redis, version: 1.0.0, repository: https://example.org}]\n"


def run(root: Path, files: dict[str, str]) -> list[Workload]:
    base = {"qb/Chart.yaml": CHART, "qb/values.yaml": VALUES, "qb/templates/_helpers.tpl": HELPERS}
    found, problems = list_workloads([str(lay_out(root, {**base, **files}))])
    assert problems == ()
    return [workload for workload, _ in found]


def test_its_deployment_is_judged_each_field_at_the_value_that_it_shows(tmp_path: Path) -> None:
    (workload,) = run(tmp_path, {"qb/templates/deployment.yaml": DEPLOYMENT})
    assert workload.object is not None
    assert workload.object.text_at("metadata", "name") == "qb-torrents"
    app, vpn = workload.containers
    assert app.to_plain()["env"] == [{"name": "A", "value": "b"}]
    assert vpn.text_at("image") == "qmcgaw/gluetun:v3.41.0"
    image = app.get("image")
    assert image is not None
    assert (Path(image.file).name, image.span.line) == ("values.yaml", 1)


def test_a_template_may_have_any_ending(tmp_path: Path) -> None:
    (workload,) = run(tmp_path, {"qb/templates/app.yaml.tpl": DEPLOYMENT})
    assert len(workload.containers) == 2


def test_templates_beside_dependencies_are_judged_as_well(tmp_path: Path) -> None:
    found = run(tmp_path, {"qb/Chart.yaml": CHART + DEPENDENCY, "qb/templates/deployment.yaml": DEPLOYMENT})
    assert [bool(workload.object) for workload in found] == [False, True]
    assert len(found[1].containers) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{{ lookup "v1" "Secret" "a" "b" }}',
        '{{ if .Capabilities.APIVersions.Has "a" }}{{ end }}',
        '{{ include "elsewhere" . }}',
        "{{ .Values.none.deeper }}",
        "{{ range until 9000 }}{{ range until 9000 }}x{{ end }}{{ end }}",
        "{{ end }}",
    ],
)
def test_a_template_that_cannot_be_told_is_unknown_with_the_reason(text: str, tmp_path: Path) -> None:
    start = time.process_time()
    base = {"qb/Chart.yaml": CHART, "qb/values.yaml": VALUES, "qb/templates/_helpers.tpl": HELPERS}
    found, problems = list_workloads(
        [str(lay_out(tmp_path, {**base, "qb/templates/d.yaml": DEPLOYMENT + text}))]
    )
    assert time.process_time() - start < 5
    assert [workload.object for workload, _ in found] == [None] * len(found)
    said = [workload.reason for workload, _ in found] + [problem.message for problem in problems]
    assert any("d.yaml cannot be filled in" in reason or "produces more" in reason for reason in said)


def test_a_template_that_runs_no_pods_may_stay_untold(tmp_path: Path) -> None:
    config = "kind: ConfigMap\ndata: {a: {{ randAlpha 3 }}}\n"
    found = run(tmp_path, {"qb/templates/c.yaml": config, "qb/templates/d.yaml": DEPLOYMENT})
    assert [bool(workload.object) for workload in found] == [True]


@pytest.mark.parametrize("data", ["a: b", "a: {{ randAlphaNum 5 }}"])
def test_a_checksum_of_another_template_stops_nothing(tmp_path: Path, data: str) -> None:
    annotation = (
        '      annotations: {sum: {{ include (print $.Template.BasePath "/map.yaml") . | sha256sum }}}\n'
    )
    deployment = DEPLOYMENT.replace("  template:\n", f"  template:\n    metadata:\n{annotation}")
    configmap = f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: x}}\ndata: {{{data}}}\n".replace(
        "{a", "{ a"
    )
    files = {"qb/templates/deployment.yaml": deployment, "qb/templates/map.yaml": configmap}
    (workload,) = run(tmp_path, files)
    assert workload.object is not None
    assert len(workload.object.text_at("spec", "template", "metadata", "annotations", "sum")) == 64


def test_what_a_template_writes_out_stands_at_its_line(tmp_path: Path) -> None:
    written = DEPLOYMENT.replace(
        '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"', "transmission:4.1"
    )
    (workload,) = run(
        tmp_path, {"qb/templates/deployment.yaml": written.replace("name: app", "name: {{ print `a` }}")}
    )
    app, vpn = workload.containers
    places = [node.span[1:3] for node in (app, app.get("name"), app.get("image")) if node is not None]
    assert places == [(11, 18)] * 3
    assert vpn.span.file.endswith("deployment.yaml")
    assert vpn.span.line == 1  # a flow mapping, which is no line of its own


BASE = {
    "base/Chart.yaml": "apiVersion: v2\nname: base\nversion: 1.0.0\n",
    "base/values.yaml": "image: {tag: '1'}\nvpn: {enabled: true}\n",
    "base/templates/_helpers.tpl": HELPERS,
    "base/templates/deployment.yaml": DEPLOYMENT,
}
OVER = "app:\n  image: {repository: linuxserver/qbittorrent}\n  vpn: {enabled: false}\n"


@pytest.mark.parametrize(
    ("place", "repository"),
    [("base", "file://../base"), ("qb/charts/base", "file://charts/base"), ("qb/charts/base", "")],
)
def test_a_dependency_in_the_repository_is_filled_in(tmp_path: Path, place: str, repository: str) -> None:
    dependency = f"dependencies: [{{name: base, version: 1.0.0, repository: '{repository}', alias: app}}]\n"
    files = {name.replace("base", place, 1): text for name, text in BASE.items()}
    workloads = run(tmp_path, {**files, "qb/Chart.yaml": CHART + dependency, "qb/values.yaml": OVER})
    found = {workload.name: workload for workload in workloads if workload.object is not None}
    assert [node.text_at("image") for node in found["torrents"].containers] == ["linuxserver/qbittorrent:1"]


def test_a_dependency_of_itself_ends(tmp_path: Path) -> None:
    circle = "dependencies: [{name: qb, version: 1.0.0, repository: 'file://../qb/../other'}]\n"
    other = "name: other\nversion: 1.0.0\ndependencies: [{name: torrents, repository: 'file://../qb'}]\n"
    files = {"qb/Chart.yaml": CHART + circle, "other/Chart.yaml": other}
    assert run(tmp_path, {**files, "qb/templates/deployment.yaml": DEPLOYMENT})


def test_a_dependency_outside_of_the_repository_is_not_read(tmp_path: Path) -> None:
    lay_out(tmp_path, BASE)
    dependency = "dependencies: [{name: base, version: 1.0.0, repository: 'file://../../base', alias: app}]\n"
    inside = {"qb/Chart.yaml": CHART + dependency, "qb/values.yaml": OVER}
    (tmp_path / "repository").mkdir()
    found, _ = list_workloads([str(lay_out(tmp_path / "repository", inside))])
    assert [workload.object for workload, _ in found] == [None]


# Each with what Helm 4.2.2 printed of it.
FILES = {
    '{{ .Files.Get "a.txt" | quote }}[{{ .Files.Get "zz" }}]': '"one\\ntwo\\n"[]',
    '{{ range $path, $_ := .Files.Glob "*.yaml" }}{{ $path }} {{ end }}': "m.yaml ",
    '{{ range $path, $_ := .Files.Glob "**.yaml" }}{{ $path }} {{ end }}': "m.yaml sub/deep/o.yaml sub/n.yaml ",
    '{{ range $path, $_ := .Files.Glob "*/*.yaml" }}{{ $path }} {{ end }}': "sub/n.yaml ",
    '{{ range $path, $_ := .Files.Glob "{a,m}.*" }}{{ $path }} {{ end }}': "a.txt m.yaml ",
    '{{ range $path, $_ := .Files.Glob "[!b-z].txt" }}{{ $path }} {{ end }}': "a.txt ",
    '{{ range .Files.Lines "a.txt" }}<{{ . }}>{{ end }}': "<one><two>",
    '{{ (.Files.Glob "sub/n.yaml").AsSecrets }}': "n.yaml: a2luZDogQgo=",
    "{{ range $path, $_ := $.Files }}{{ $path }} {{ end }}": "a.txt m.yaml sub/deep/o.yaml sub/n.yaml ",
}


@pytest.mark.parametrize("template", FILES)
def test_a_chart_reads_its_files_as_helm_does(tmp_path: Path, template: str) -> None:
    texts = {"a.txt": "one\ntwo\n", "m.yaml": "kind: A\n", "sub/n.yaml": "kind: B\n"}
    others = {
        "sub/deep/o.yaml": "kind: C\n",
        "Chart.yaml": CHART,
        "values.yaml": "a: 1\n",
        "charts/x/a.txt": "1",
    }
    root = lay_out(tmp_path, {**texts, **others, "templates/t.yaml": template})
    files = read_chart_files(str(root), Tree())
    data = {"Files": ChartFiles({path: text.text for path, text in files.items()})}
    assert Renderer(HELM, lambda steps, text: None).render(template, data) == FILES[template]


def test_a_manifest_that_a_template_reads_is_placed_in_its_own_file(tmp_path: Path) -> None:
    """Many charts are only a wrapper of plain manifests."""
    wrapper = '{{ range $path, $_ := .Files.Glob "*.yaml" }}---\n{{ $.Files.Get $path }}\n{{ end }}'
    pod = "# mine\napiVersion: v1\nkind: Pod\nmetadata: {name: qb}\nspec:\n  containers:\n    - {name: qb, image: qb}\n"
    found = run(tmp_path, {"qb/templates/all.yaml": wrapper, "qb/pod.yaml": pod})
    (container,) = next(workload for workload in found if workload.kind == "Chart").containers
    assert (container.file.rpartition("/")[2], container.span.line) == ("pod.yaml", 7)


def test_a_container_stands_at_its_image_though_another_value_is_its_name(tmp_path: Path) -> None:
    """The template is in a library, and `torrents`, the name of the chart, happens to be a path, too."""
    values = "web: {path: torrents}\nimage: linuxserver/qbittorrent\n"
    library = (
        '{{- define "base" }}apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n'
        "    - name: {{ .Chart.Name }}\n      image: {{ .Values.image }}:5.1\n{{- end }}"
    )
    (workload,) = run(
        tmp_path,
        {
            "qb/Chart.yaml": f'{CHART}dependencies: [{{name: base, version: 1.0.0, repository: "file://../base"}}]\n',
            "qb/values.yaml": values,
            "qb/templates/all.yaml": '{{ include "base" . }}',
            "base/Chart.yaml": "apiVersion: v2\nname: base\nversion: 1.0.0\ntype: library\n",
            "base/templates/_base.tpl": library,
        },
    )
    (container,) = workload.containers
    name = container.get("name")
    assert name is not None
    assert (name.text, name.span.line, container.span.line) == ("torrents", 2, 2)


@pytest.mark.parametrize("number", (0, MAX_FILES))
def test_a_template_that_reads_files_matters_if_they_may_run_pods(tmp_path: Path, number: int) -> None:
    """Of more files than are read, any may."""
    wrapper = "{{ range $path, $_ := .Files }}{{ unknown $path }}{{ end }}"
    files = {f"qb/f{index}.txt": "" for index in range(number + 1)}
    templates = {"qb/templates/all.yaml": wrapper, "qb/templates/deployment.yaml": DEPLOYMENT}
    reasons = [workload.reason for workload in run(tmp_path, {**templates, **files}) if workload.reason]
    expected = "its template all.yaml cannot be filled in offline: Files is unknown offline"
    assert reasons == [expected] * (number == MAX_FILES)


@pytest.mark.parametrize(
    "library", ["k8s-at-home.com/charts version 4.5.2", "charts.truecharts.org version 12.1.0"]
)
def test_a_chart_on_a_library_keeps_its_own_name(tmp_path: Path, library: str) -> None:
    """Where the release has another name, objects are named after both, never after the library."""
    repository, version = library.split(" version ")
    dependency = f'dependencies: [{{name: common, version: {version}, repository: "https://{repository}"}}]\n'
    values = (
        "image: {repository: linuxserver/qbittorrent}\n"
        if "home" in repository
        else "workload: {main: {podSpec: {containers: {main: {imageSelector: image}}}}}\n"
        "image: {repository: linuxserver/qbittorrent, tag: '5'}\n"
    )
    (workload,) = run(tmp_path, {"qb/Chart.yaml": CHART + dependency, "qb/values.yaml": values})
    assert workload.object is not None, workload.reason
    assert workload.object.text_at("metadata", "name") == "qb-torrents"
    assert [container.text_at("image") for container in workload.containers] == ["linuxserver/qbittorrent:5"]
