"""An Argo CD Application becomes the Pods of its chart, with the values that Argo CD would hand to Helm."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest

from vpnlint.errors import InputError
from vpnlint.files.facts import Directory, Lead
from vpnlint.gitops.argo.application import is_application, read_application_leads, read_application_releases
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.objects import Objects
from vpnlint.source.document import Document, TextNode, parse_documents
from vpnlint.source.node import Node
from vpnlint.workloads.derive import derive_release_workloads
from vpnlint.workloads.workload import Workload

HEAD = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: torrents, namespace: argocd}
spec:
  destination: {namespace: media}
"""
CHART = "chart: app-template\nrepoURL: https://bjw-s-labs.github.io/helm-charts\ntargetRevision: 4.4.0\n"
APP = "controllers: {main: {containers: {app: {image: {repository: linuxserver/qbittorrent, tag: v1}}}}}\n"


def application(source: str, key: str = "source") -> Node:
    text = HEAD + f"  {key}:\n" + indent(dedent(source), "    ")
    document = next(parse_documents(text, "app.yaml"))
    assert isinstance(document, Document)
    return document.root


def found(root: Node, files: Mapping[str, str]) -> list[tuple[Node, list[str]]]:
    read = {f"/repo/{path}": text for path, text in files.items()}
    return list(
        read_application_releases(
            root, "/repo", lambda path: TextNode(read[path], path) if path in read else None
        )
    )


def values(helm: str, files: Mapping[str, str] | None = None) -> dict[str, object]:
    ((made, _),) = found(application(CHART + "helm:\n" + indent(dedent(helm), "  ")), files or {})
    own = made.get("spec", "values")
    assert own is not None
    plain: dict[str, object] = own.to_plain()
    return plain


def run(root: Node, files: Mapping[str, str] | None = None) -> list[Workload]:
    return [
        workload
        for made, missing in found(root, files or {})
        for workload in derive_release_workloads(made, ChartSources(list), Objects([]), missing)
    ]


def test_an_application_with_values_makes_pods() -> None:
    root = application(CHART + "helm:\n  valuesObject:\n" + indent(APP, "    "))
    assert is_application(root)
    (workload,) = run(root)
    assert workload.title == "Application media/torrents"
    assert workload.source.get("metadata", "name") is root.get("metadata", "name")
    (container,) = workload.containers
    assert container.to_plain()["image"] == "linuxserver/qbittorrent:v1"
    image = container.get("image")
    assert image is not None
    assert image.span[:2] == ("app.yaml", 12)


def test_values_as_text_are_read_as_helm_reads_them_each_at_its_line() -> None:
    root = application(CHART + "helm:\n  values: |\n    a: off\n    b:\n      c: 1\n")
    ((made, _),) = found(root, {})
    own = made.get("spec", "values")
    assert own is not None
    assert own.to_plain() == {"a": False, "b": {"c": 1}}
    node = own.get("b", "c")
    assert node is not None
    assert node.span[:3] == ("app.yaml", 14, 14)


def test_what_comes_later_wins() -> None:
    files = {"apps/one.yaml": "a: 1\nb: 1\nc: 1\nd: 1\n", "two.yaml": "b: 2\nc: 2\nd: 2\n"}
    helm = """\
        valueFiles: [$repo/apps/one.yaml, /two.yaml]
        valuesObject: {c: 3, d: 3}
        values: "c: 9"
        parameters: [{name: d, value: "4"}, {name: e.f, value: "a,b"}, {name: g, value: "5", forceString: true}]
        """
    assert values(helm, files) == {"a": 1, "b": 2, "c": 3, "d": 4, "e": {"f": "a,b"}, "g": "5"}
    assert values("parameters: [{name: a, value: '{x,y}'}, {name: b, value: 'x\\,y'}]") == {
        "a": ["x", "y"],
        "b": "x,y",
    }


def test_values_files_that_are_not_there_are_missing_by_name() -> None:
    helm = "helm: {valueFiles: [none.yaml, 'https://example.org/v.yaml']}\n"
    ((_, missing),) = found(application(CHART + helm), {})
    assert missing == ["the values file none.yaml", "the values file https://example.org/v.yaml"]
    (workload,) = run(application(CHART + helm))
    assert workload.reason.startswith("its values come from the values file none.yaml and ")
    ((_, missing),) = found(application(CHART + helm.replace("}", ", ignoreMissingValueFiles: true}")), {})
    assert missing == []


def test_a_folder_with_a_chart_is_that_chart_with_the_values_over_its_own() -> None:
    files = {
        "apps/qb/Chart.yaml": "name: qb\ndependencies: [{name: app-template, version: 4.4.0}]\n",
        "apps/qb/values.yaml": f"app-template:\n  {APP}",
        "apps/qb/prod.yaml": "app-template: {controllers: {main: {containers: {app: {env: {A: b}}}}}}\n",
    }
    source = "path: apps/qb\nrepoURL: https://example.org/repo\nhelm: {releaseName: other, valueFiles: [prod.yaml]}\n"
    (workload,) = run(application(source), files)
    assert workload.title == "Application media/torrents"
    assert workload.object is not None
    assert workload.object.to_plain()["metadata"]["name"] == "other"
    (container,) = workload.containers
    assert container.to_plain()["env"] == [{"name": "A", "value": "b"}]
    image = container.get("image")
    assert image is not None
    assert image.file == "/repo/apps/qb/values.yaml"


def test_several_sources_a_chart_with_values_of_this_repository() -> None:
    sources = """\
        - repoURL: oci://ghcr.io/bjw-s-labs/helm/app-template
          path: .
          targetRevision: 4.4.0
          helm: {valueFiles: [$values/qb.yaml]}
        - {repoURL: https://example.org/repo, ref: values}
        - {repoURL: https://example.org/repo, path: apps/extra}
        """
    root = application(sources, "sources")
    (workload,) = run(root, {"qb.yaml": APP})
    assert workload.object is not None


def test_an_application_leads_to_folders_and_uses_values_files() -> None:
    sources = """\
        - {chart: app-template, repoURL: https://example.org/charts, helm: {valueFiles: [$own/qb/values.yaml, "https://x/y"]}}
        - {repoURL: https://example.org/this.git, ref: own}
        - {repoURL: https://example.org/this.git, path: apps/extra, directory: {recurse: true}}
        - {repoURL: https://example.org/other.git, path: charts/qb, helm: {valueFiles: [home.yaml, /all.yaml]}}
        """
    own, other = ("", "", "https://example.org/this.git"), ("", "", "https://example.org/other.git")
    assert list(read_application_leads(application(sources, "sources"))) == [
        Lead("qb/values.yaml", own, used=True),
        Lead("apps/extra", own, directory=Directory(recurse=True)),
        Lead("charts/qb", other, directory=Directory()),
        Lead("charts/qb/home.yaml", other, used=True),
        Lead("all.yaml", other, used=True),
    ]


def test_a_parameter_that_helm_refuses_is_said() -> None:
    with pytest.raises(InputError, match="Helm cannot set this") as caught:
        values("parameters: [{name: 'a[', value: x}, {name: 'a[x]', value: x}]")
    assert caught.value.line == 11


def test_a_values_file_whose_name_is_none_is_missing() -> None:
    ((_, missing),) = found(application(CHART + 'helm: {valueFiles: ["a\\0b", "/x\\0/y", "$v\\0/y"]}\n'), {})
    assert len(missing) == 3
