"""Tests charts that the real helm program renders: their Pods, and the origin of each field."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.oracles.helm.scalar_answers import program
from vpnlint.charts.any_chart.program import find_chart_on_disk, make_renderer
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.files.tree import Tree
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.helm_release.local_chart import read_chart_releases
from vpnlint.gitops.objects import Objects
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.workloads.derive import derive_release_workloads, derive_workloads
from vpnlint.workloads.workload import Workload

TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
spec:
  template:
    spec:
      containers:
        - name: client
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env:
            - {name: TZ, value: {{ .Values.zone }}}
            {{- range $name, $value := .Values.vpn }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
          args: [--default]
---
apiVersion: v1
kind: Service
metadata: {name: client}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: tor, namespace: media}
spec:
  chart:
    spec:
      chart: ./charts/mine
      version: 1.2.3
      sourceRef: {kind: GitRepository, name: flux-system}
  values:
    image:
      repository: linuxserver/qbittorrent
      tag: 5.1.2
    zone: Europe/Berlin
    vpn:
      FIREWALL: "off"
      DOT: "off"
"""


@pytest.fixture(scope="module")
def helm() -> str:
    found = program("helm")
    if found is None:
        pytest.skip("helm is not there: `make tools` builds it")
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    chart = tmp_path / "charts" / "mine"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: mine\nversion: 1.2.3\n")
    (chart / "values.yaml").write_text("zone: Asia/Tokyo\nimage: {tag: latest}\n")
    (chart / "templates" / "all.yaml").write_text(TEMPLATE)
    return tmp_path


def read(text: str) -> Node:
    document = next(parse_documents(dedent(text), "hr.yaml"))
    assert isinstance(document, Document)
    return document.root


def run(root: Node, helm: str, repository: Path) -> list[Workload]:
    return list(derive_workloads(root, ChartSources(list), Objects([]), make_renderer(helm, str(repository))))


def test_a_chart_of_the_repository_becomes_pods_and_nothing_else(helm: str, repository: Path) -> None:
    (workload,) = run(read(RELEASE), helm, repository)
    assert workload.title == "HelmRelease media/tor"
    (container,) = workload.containers
    assert container.to_plain() == {
        "name": "client",
        "image": "linuxserver/qbittorrent:5.1.2",
        "env": [
            {"name": "TZ", "value": "Europe/Berlin"},
            {"name": "DOT", "value": "off"},
            {"name": "FIREWALL", "value": "off"},
        ],
        "args": ["--default"],
    }


def test_a_field_stands_where_its_value_was_written_else_at_the_release(helm: str, repository: Path) -> None:
    (workload,) = run(read(RELEASE), helm, repository)
    (container,) = workload.containers
    places = {
        (): (1, 1),  # what was found in it stands all over the values
        ("env", 1): (17, 12),
        ("image",): (13, 12),  # the tag: the name is the same for every version
        ("env", 0, "value"): (14, 11),
        ("env", 1, "value"): (17, 12),  # of two that are "off" the one of that name
        ("env", 2, "value"): (16, 17),
        ("name",): (1, 1),
        ("args", 0): (1, 1),
    }
    for path, place in places.items():
        node = container.get(*path)
        assert node is not None
        assert node.span[:3] == ("hr.yaml", *place), path


def test_without_the_program_the_chart_stays_unknown(repository: Path) -> None:
    (workload,) = derive_workloads(read(RELEASE), ChartSources(list), Objects([]))
    assert workload.object is None
    (workload,) = run(read(RELEASE), str(repository / "none"), repository)
    assert workload.reason.endswith("none cannot be run: No such file or directory")


def test_what_helm_refuses_is_said_in_one_line(helm: str, repository: Path) -> None:
    (repository / "charts" / "mine" / "templates" / "all.yaml").write_text("{{ fail `no` }}\n\n{{ x }}")
    (workload,) = run(read(RELEASE), helm, repository)
    assert workload.reason.startswith("helm does not render it: ")
    assert "\n" not in workload.reason


def test_a_chart_that_is_not_on_the_disk_is_never_fetched(
    helm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_REPOSITORY_CACHE", str(tmp_path))
    (workload,) = run(read(RELEASE), helm, tmp_path)
    assert workload.reason == "the chart mine 1.2.3 is neither in the repository nor in helm's cache"


def test_a_chart_in_helms_cache_is_taken_by_its_very_version(
    helm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_REPOSITORY_CACHE", str(tmp_path))
    (tmp_path / "mine-1.2.3.tgz").touch()
    empty = read("{}")
    assert find_chart_on_disk(Release("a", "", "mine", "1.2.3", empty, empty), "", helm) == str(
        tmp_path / "mine-1.2.3.tgz"
    )
    for version in ("1.2.x", ""):
        assert find_chart_on_disk(Release("a", "", "mine", version, empty, empty), "", helm) is None
    with pytest.raises(UnknownChart, match="mine is neither"):
        make_renderer(helm, "")(Release("a", "", "mine", "", empty, empty))


def test_a_local_chart_is_rendered_with_its_own_templates(
    helm: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    (root,) = read_chart_releases(str(repository / "charts" / "mine"), Tree().content)
    found = list(
        derive_release_workloads(root, ChartSources(list), Objects([]), renderer=make_renderer(helm, "."))
    )
    (workload,) = found
    assert workload.reason == ""
    (container,) = workload.containers
    zone = container.get("env", 0, "value")
    assert zone is not None
    assert (zone.value, zone.span[:3]) == ("Asia/Tokyo", ("charts/mine/values.yaml", 1, 7))
