"""A chart in the repository, and a values file alone, become the Pods that Helm would make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import dedent

from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.helm_release.local_chart import read_chart_releases
from vpnlint.gitops.objects import Objects
from vpnlint.source.document import TextNode
from vpnlint.source.node import Node
from vpnlint.workloads.derive import derive_release_workloads
from vpnlint.workloads.workload import Workload

CHART = """\
apiVersion: v2
name: torrents
version: 0.0.0
dependencies:
  - {name: app-template, version: 4.4.0, repository: https://bjw-s-labs.github.io/helm-charts}
"""
APP = """\
controllers:
  main:
    containers:
      app:
        image: {repository: linuxserver/qbittorrent, tag: latest}
        env: {FLAG: off}
"""


def nested(key: str, text: str = APP) -> str:
    return f"{key}:\n" + "".join(f"  {line}\n" for line in text.splitlines())


def content(files: Mapping[str, str]) -> Callable[[str], Node | None]:
    return lambda path: TextNode(dedent(files[path]), path) if path in files else None


def run(files: Mapping[str, str]) -> list[Workload]:
    read = content({f"apps/qb/{name}": text for name, text in files.items()})
    return [
        workload
        for root in read_chart_releases("apps/qb", read)
        for workload in derive_release_workloads(root, ChartSources(list), Objects([]))
    ]


def test_a_dependency_on_app_template_takes_the_values_under_its_name() -> None:
    (workload,) = run({"Chart.yaml": CHART, "values.yaml": nested("app-template")})
    assert (workload.title, workload.source.file) == ("Chart torrents", "apps/qb/values.yaml")
    (container,) = workload.containers
    # Helm reads the file by itself: `off` is false, where Kustomize would have kept the word.
    assert container.to_plain()["env"] == [{"name": "FLAG", "value": "false"}]
    image = container.get("image")
    assert image is not None
    assert image.span[:2] == ("apps/qb/values.yaml", 6)
    assert workload.object is not None
    assert workload.object.to_plain()["metadata"]["name"] == "qb"


def test_an_alias_and_a_condition_count() -> None:
    alias = CHART.replace("{name: app-template,", "{name: app-template, alias: qb, condition: 'x.z,qb.use',")
    (workload,) = run({"Chart.yaml": alias, "values.yaml": nested("qb")})
    assert workload.object is not None
    assert run({"Chart.yaml": alias, "values.yaml": nested("qb") + "  use: false\n"}) == []
    assert run({"Chart.yaml": alias, "values.yaml": nested("qb") + "  use: false\nx: {z: true}\n"}) != []


def test_a_library_shapes_the_values_of_its_chart() -> None:
    library = CHART.replace("name: app-template", "name: common")
    (workload,) = run({"Chart.yaml": library, "values.yaml": APP})
    assert [container.to_plain()["name"] for container in workload.containers] == ["app"]


def test_a_values_file_alone_is_app_templates_by_its_shape() -> None:
    (workload,) = run({"values.yaml": APP})
    assert workload.title == "Values qb"
    assert workload.object is not None
    assert run({"values.yaml": "image: {repository: linuxserver/qbittorrent}\n"}) == []
    assert run({"values.yaml": APP, "kustomization.yaml": "resources: []\n"}) == []
    assert run({}) == []


def test_another_chart_is_unknown_not_safe() -> None:
    own = "apiVersion: v2\nname: qbittorrent\nversion: 1.0.0\n"
    (workload,) = run({"Chart.yaml": own, "values.yaml": "image: {repository: linuxserver/qbittorrent}\n"})
    assert workload.object is None
    assert workload.reason == "vpnlint does not know the chart qbittorrent"
    assert run({"Chart.yaml": own + "type: library\n"}) == []
