"""A client is met wherever a repository names it: in an image that a Kustomization sets, in a set's inputs,
in a chart's template, in JSON; what cannot be judged is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out
from tests.shipped import RULESET
from vpnlint.check import check

IMAGE = "lscr.io/linuxserver/qbittorrent:5.1.2"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: qb}\nspec: {containers: [{name: main, image: 'IMAGE'}]}\n"
JSON = (
    '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "qb"},'
    ' "spec": {"containers": [{"name": "main", "image": "' + IMAGE + '"}]}}'
)
CHART = {
    "charts/s/Chart.yaml": "name: s\nversion: 1.0.0\n",
    "charts/s/templates/pod.yaml": POD.replace("name: qb", "name: {{ .Release.Name }}").replace(
        "IMAGE", IMAGE
    ),
}
PROVIDER = (
    "apiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSetInputProvider\nmetadata: {name: p, namespace: m}\n"
    f"spec: {{type: Static, defaultValues: {{image: '{IMAGE}'}}}}\n"
)
SET = (
    "apiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\nmetadata: {name: s, namespace: m}\n"
    "spec:\n  inputsFrom: [{kind: ResourceSetInputProvider, name: p}]\n  resources:\n"
    "  - {apiVersion: v1, kind: Pod, metadata: {name: qb}, spec: {containers: [{name: a, image: '<< inputs.image >>'}]}}\n"
)
APPLICATION = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: qb}\n"
    "spec: {source: {repoURL: https://example.org/this, path: PATH}}\n"
)
FILES_SET = (
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s}\nspec:\n  goTemplate: true\n"
    "  generators: [{git: {repoURL: https://example.org/this, files: [{path: apps/*/CONFIG}]}}]\n"
    "  template:\n    metadata: {name: '{{.path.basename}}'}\n    spec:\n      source:\n"
    "        {repoURL: https://bjw-s-labs.github.io/helm-charts, chart: app-template, targetRevision: 4.4.0,\n"
    "         helm: {valuesObject: {controllers: {main: {containers: {main: {image: {repository: '{{.image}}', tag: 5}}}}}}}}\n"
)
RELEASE = (
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: qb, namespace: media}\n"
    "spec: {chart: {spec: {chart: charts/s, sourceRef: {kind: GitRepository, name: flux-system}}}}\n"
)
# Files of repositories in which one workload is judged.
JUDGED: dict[str, dict[str, str]] = {
    "image of a Kustomization": {
        "flux/a.yaml": ks("a", "./apps", f"images: [{{name: app, newName: {IMAGE[:-6]}, newTag: 5.1.2}}]"),
        "apps/pod.yaml": POD.replace("IMAGE", "app"),
    },
    "patch of a Kustomization": {
        "flux/a.yaml": ks(
            "a",
            "./apps",
            "patches: [{target: {kind: Pod}, patch: "
            f"'[{{op: replace, path: /spec/containers/0/image, value: {IMAGE}}}]'}}]",
        ),
        "apps/pod.yaml": POD.replace("IMAGE", "app"),
    },
    "variable of a Kustomization": {
        "flux/a.yaml": ks("a", "./apps", "postBuild: {substitute: {APP: qbittorrent}}"),
        "apps/pod.yaml": POD.replace("IMAGE", "lscr.io/linuxserver/${APP}:5.1.2"),
    },
    "image of an Application": {
        "argo/a.yaml": APPLICATION.replace("PATH", f"apps, kustomize: {{images: ['app={IMAGE}']}}"),
        "apps/kustomization.yaml": "resources: [pod.yaml]\n",
        "apps/pod.yaml": POD.replace("IMAGE", "app"),
    },
    "template of a chart, by nothing": CHART,
    "template of a chart, by an Application": {
        **CHART,
        "argo/a.yaml": APPLICATION.replace("PATH", "charts/s"),
    },
    "template of a chart, by a release": {
        **CHART,
        "flux/r.yaml": RELEASE,
        "flux/ks.yaml": ks("flux", "./flux"),
        "flux/kustomization.yaml": "resources: [r.yaml]\n",
    },
    "template of a chart, by helmCharts": {
        **CHART,
        "apps/kustomization.yaml": "helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: s, releaseName: qb}]\n",
    },
    "inputs that another Kustomization provides later": {
        "flux/a.yaml": ks("a", "./a"),
        "flux/b.yaml": ks("b", "./b"),
        "a/set.yaml": SET,
        "b/provider.yaml": PROVIDER,
    },
    "a generator's file": {
        "argo/set.yaml": FILES_SET.replace("CONFIG", "config.yaml"),
        "apps/qb/config.yaml": f"image: {IMAGE[:-6]}\n",
    },
    "a generator's file in JSON": {
        "argo/set.yaml": FILES_SET.replace("CONFIG", "config.json"),
        "apps/qb/config.json": f'{{"image": "{IMAGE[:-6]}"}}',
    },
    "a generator's file behind a line of dashes": {
        "argo/set.yaml": FILES_SET.replace("CONFIG", "config.yaml"),
        "apps/qb/config.yaml": f"---\n# the client\nimage: {IMAGE[:-6]}\n",
    },
    "a template that a chart in the repository defines": {
        "Chart.yaml": "name: base\nversion: 1.0.0\n",
        "templates/pod.yaml": (
            '{{- define "base.pod" }}\n' + POD.replace("IMAGE", "{{ .Values.image }}") + "{{ end }}\n"
        ),
        "charts/s/Chart.yaml": (
            "name: s\nversion: 1.0.0\ndependencies: [{name: base, version: 1.0.0, repository: 'file://../..'}]\n"
        ),
        "charts/s/values.yaml": f"image: {IMAGE}\n",
        "charts/s/templates/app.yaml": '{{ include "base.pod" . }}\n',
    },
    "a folder of a chart whose templates are Applications": {
        "argo/root.yaml": APPLICATION.replace("PATH", "platform"),
        "platform/Chart.yaml": "name: platform\nversion: 1.0.0\n",
        "platform/values.yaml": "components: [media]\n",
        "platform/templates/apps.yaml": (
            "{{- range .Values.components }}\n---\n"
            + APPLICATION.replace("PATH", "platform/{{ . }}")
            + "{{- end }}\n"
        ),
        "platform/media/pod.yaml": POD.replace("IMAGE", IMAGE),
    },
    "JSON that a kustomization lists": {"kustomization.yaml": "resources: [pod.json]\n", "pod.json": JSON},
    "JSON that an Application applies": {
        "argo/a.yaml": APPLICATION.replace("PATH", "apps"),
        "apps/pod.json": JSON,
    },
}
SAID: dict[str, tuple[dict[str, str], str]] = {
    "values beside a kustomization": (
        {
            "apps/qb/kustomization.yaml": "resources: [claim.yaml]\n",
            "apps/qb/claim.yaml": "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: x}\n",
            "apps/qb/values.yaml": "image: {repository: lscr.io/linuxserver/qbittorrent, tag: 5.1.2}\n",
        },
        "apps/qb/values.yaml:1:1: not judged: it is not a Kubernetes object, and nothing that vpnlint follows reads values from it",
    ),
    "remote resource": (
        {"kustomization.yaml": "resources:\n  - https://github.com/x/y//qbittorrent?ref=v1\n"},
        "kustomization.yaml:2:5: not judged: vpnlint does not fetch https://github.com/x/y//qbittorrent?ref=v1",
    ),
    "helmfile by the chart's name": (
        {"helmfile.yaml": "releases: [{name: a, chart: truecharts/qbittorrent}]\n"},
        "helmfile.yaml:1:1: not judged: helmfile is not read",
    ),
    "variables of Ansible": (
        {"roles/qb/vars/main.yml": "qb:\n  server:\n    name: docker.io/markusmcnugen/qbittorrentvpn\n"},
        "roles/qb/vars/main.yml:3:1: not judged: it is not a Kubernetes object, and nothing that vpnlint follows reads values from it",
    ),
    "an image under a name of one's own": (
        {"vars.yml": "a: 1\nqbittorrent_image: linuxserver/qbittorrent\n"},
        "vars.yml:2:1: not judged: it is not a Kubernetes object, and nothing that vpnlint follows reads values from it",
    ),
    "Docker Compose": (
        {"compose.yaml": "services:\n  a:\n    image: linuxserver/qbittorrent\n"},
        "compose.yaml:3:1: not judged: Docker Compose is not read",
    ),
    "Docker Compose in a file of any name": (
        {"media/torrents.yaml": "# mine\r\nservices:\r\n  a:\r\n    image: linuxserver/qbittorrent\r\n"},
        "media/torrents.yaml:4:1: not judged: Docker Compose is not read",
    ),
    "a name of which a part is nowhere": (
        {"apps/pod.yaml": POD.replace("IMAGE", "linuxserver/q${REST}:5.1.2")},
        "apps/pod.yaml:4:41: not judged: Pod qb: its image may be a torrent client, by what ${REST} stands for",
    ),
    "Services among the values of somebody else's chart": (
        {"values/qb.yaml": "image: linuxserver/qbittorrent\nservices:\n  - name: peers\n    port: 6881\n"},
        "values/qb.yaml:1:1: not judged: it is not a Kubernetes object, and nothing that vpnlint follows reads values from it",
    ),
    "Docker Compose with a remark": (
        {"compose.yaml": "services: # mine\r\n\r\n  # one\r\n  a:\r\n    image: linuxserver/qbittorrent\r\n"},
        "compose.yaml:5:1: not judged: Docker Compose is not read",
    ),
    "an Application whose folder is gone": (
        {"argo/a.yaml": APPLICATION.replace("PATH", "old").replace("{name: qb}", "{name: qbittorrent}")},
        "argo/a.yaml:1:1: not judged: Application qbittorrent: the path old of https://example.org/this is not in this repository",
    ),
    "Jinja": (
        {
            "a.yaml": "a: 1\n",
            "pod.yaml.j2": POD.replace("IMAGE", IMAGE),
            "README.md.gotmpl": f"    image: {IMAGE}\n",  # helm-docs makes a page of it
        },
        "pod.yaml.j2:4:34: not judged: vpnlint does not read Jinja",
    ),
    "an image to which Jsonnet adds the tag": (
        {"a.yaml": "a: 1\n", "qb.libsonnet": "{ _image+:: 'linuxserver/qbittorrent:' + $.version }\n"},
        "qb.libsonnet:1:13: not judged: vpnlint does not read Jsonnet",
    ),
    "an image whose tag is put into it": (
        {"a.yaml": "a: 1\n", "qb.jsonnet": "local name = 'linuxserver/qbittorrent:%s' % version;\n"},
        "qb.jsonnet:1:14: not judged: vpnlint does not read Jsonnet",
    ),
    "JSON that Jsonnet imports": (
        {
            "lib/versions.json": '{"qbittorrent":\n  {"image": "lscr.io/linuxserver/qbittorrent"}}\n',
            "lib/other.json": '{"image": "lscr.io/linuxserver/qbittorrent"}\n',
            "lib/qb.libsonnet": "local v = import '../lib/versions.json'; { image:: v.qbittorrent.image }\n",
            "a.yaml": "a: 1\n",
        },
        "lib/versions.json:2:5: not judged: vpnlint does not read the Jsonnet that imports it",
    ),
}


@pytest.mark.parametrize("files", JUDGED.values(), ids=JUDGED)
def test_a_client_is_judged(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lay_out(tmp_path, files))
    result = check(["."], RULESET)
    (workload,) = result.workloads
    assert (workload.client, result.not_judged, result.problems) == ("qbittorrent", (), ())
    # The file that names the client says the same by itself.
    named = next(file for file, text in files.items() if "qbittorrent" in text)
    assert check([named], RULESET).workloads == (workload,)


@pytest.mark.parametrize(("files", "line"), SAID.values(), ids=SAID)
def test_a_client_that_cannot_be_judged_is_said(
    files: dict[str, str], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lay_out(tmp_path, files))
    result = check(["."], RULESET)
    assert [str(place) for place in result.not_judged] == [line]
    assert (result.workloads, result.problems) == ((), ())


def test_a_variable_from_a_config_map_may_be_a_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "flux/a.yaml": ks("a", "./apps", "postBuild: {substituteFrom: [{kind: ConfigMap, name: images}]}"),
        "flux/images.yaml": (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: images, namespace: flux-system}\n"
            f"data: {{SEEDBOX: '{IMAGE}'}}\n"
        ),
        "apps/pod.yaml": POD.replace("IMAGE", "${SEEDBOX}"),
    }
    monkeypatch.chdir(lay_out(tmp_path, files))
    (workload,) = check(["."], RULESET).workloads
    assert (workload.file, workload.client) == ("apps/pod.yaml", "qbittorrent")


def test_a_program_that_is_named_is_not_read_as_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(
        lay_out(tmp_path, {"a.yaml": "a: 1\n", "qb.jsonnet": "{ image: 'linuxserver/qbittorrent' }\n"})
    )
    Path(".git").mkdir(exist_ok=True)
    result = check(["qb.jsonnet"], RULESET)
    assert [str(note) for note in result.not_judged] == [
        "qb.jsonnet:1:3: not judged: vpnlint does not read Jsonnet"
    ]
    assert result.problems == ()


@pytest.mark.parametrize(
    "named", ["charts/qb/Chart.yaml", "charts/qb/templates/pod.yaml", "charts/qb/values.yaml"]
)
def test_a_chart_that_nothing_installs_is_met_by_each_of_its_files(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "charts/qb/Chart.yaml": "apiVersion: v2\nname: qb\nversion: 1.0.0\n",
        "charts/qb/values.yaml": f"image: {IMAGE}\n",
        "charts/qb/templates/pod.yaml": POD.replace("IMAGE", "{{ .Values.image }}"),
    }
    monkeypatch.chdir(lay_out(tmp_path, files))
    assert [workload.client for workload in check([named], RULESET).workloads] == ["qbittorrent"]
