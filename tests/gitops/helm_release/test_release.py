"""What Flux does with a HelmRelease beside its chart: values from elsewhere, post-renderers, suspension."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.shipped import RULESET
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.objects import Objects
from vpnlint.judge.judge import Judgement, judge_workload
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.workloads.derive import derive_workloads
from vpnlint.workloads.workload import Workload

RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: tor, namespace: media}
spec:
  chart: {spec: {chart: app-template, version: 4.4.0}}
"""
VALUES = """\
controllers:
  tor:
    containers:
      app: {image: {repository: linuxserver/qbittorrent, tag: 5.1.2}}
      vpn:
        image: {repository: ghcr.io/qdm12/gluetun, tag: v3.40.0}
        env: {FIREWALL: off}
"""
CONFIG_MAP = """\
kind: ConfigMap
metadata: {name: tor-values, namespace: media}
data:
  values.yaml: |
"""


def indented(text: str, width: int) -> str:
    return "".join(" " * width + line for line in text.splitlines(keepends=True))


def run(spec: str, *objects: str) -> list[Workload]:
    (root, *others) = [read(text) for text in (RELEASE + indented(dedent(spec), 2), *objects)]
    return list(derive_workloads(root, ChartSources(list), Objects(others)))


def read(text: str) -> Node:
    document = next(parse_documents(text, "app.yaml"))
    assert isinstance(document, Document)
    return document.root


def containers(spec: str, *objects: str) -> list[dict[str, object]]:
    (workload,) = run(spec, *objects)
    assert workload.object is not None, workload.reason
    return [container.to_plain() for container in workload.containers]


FROM = "valuesFrom: [{kind: ConfigMap, name: tor-values}]\n"
OWN = "values:\n" + indented(VALUES, 2)
SECRET = "valuesFrom: [{kind: Secret, name: tor-values}]\n"


def test_values_come_from_a_config_map_as_helm_reads_them() -> None:
    (workload,) = run(FROM, CONFIG_MAP + indented(VALUES, 4))
    app, vpn = workload.containers
    assert app.to_plain()["image"] == "linuxserver/qbittorrent:5.1.2"
    # Helm reads `off` as false, where Kustomize would have made a string of it.
    assert vpn.to_plain()["env"] == [{"name": "FIREWALL", "value": "false"}]
    place = vpn.get("env", 0, "value")
    assert place is not None
    assert place.span[:3] == ("app.yaml", 11, 29)


def test_values_that_are_missing_make_every_finding_a_doubt_that_names_them() -> None:
    verdict = judged(run(SECRET + OWN))
    assert verdict.judged is not None
    assert verdict.judged.egress == "unknown"
    assert verdict.judged.reason == "its values come from Secret media/tor-values"
    assert verdict.judged.matrix == {}
    assert {finding.answer for finding in verdict.findings} == {"doubt"}
    assert any(finding.visible for finding in verdict.findings)
    for finding in verdict.findings:
        assert finding.message.endswith(" (unless Secret media/tor-values says otherwise)")
    assert {finding.answer for finding in judged(run(OWN)).findings} >= {"deny"}


def judged(found: list[Workload]) -> Judgement:
    (workload,) = found
    return judge_workload(workload, RULESET, Objects([]))


def test_a_release_all_of_whose_values_are_missing_is_unknown() -> None:
    for spec in (SECRET, FROM):
        (workload,) = run(spec)
        assert workload.object is None
        assert workload.reason.startswith("its values come from ")
        assert workload.reason.endswith(" media/tor-values")


def test_values_of_another_shape_in_a_config_map_are_no_pod() -> None:
    (workload,) = run(FROM, CONFIG_MAP + "    controllers: [a]\n")
    assert workload.object is None
    assert "controllers must be a mapping" in workload.reason


def test_a_suspended_release_runs_nothing() -> None:
    (suspended,), (running,) = run("suspend: true\n" + OWN), run("suspend: false\n" + OWN)
    assert suspended.suspension is not None
    assert running.suspension is None


POST = """\
postRenderers:
  - kustomize:
      patches:
        - target: {kind: Deployment, name: tor}
          patch: |
            - op: add
              path: /spec/template/spec/containers/1/resources
              value: {limits: {squat.ai/tun: 1}}
        - patch: |
            kind: Service
            apiVersion: v1
            metadata: {name: elsewhere}
  - kustomize:
      patchesStrategicMerge:
        - apiVersion: apps/v1
          kind: Deployment
          metadata: {name: tor}
          spec: {template: {spec: {containers: [{name: app, env: [{name: TZ, value: UTC}]}]}}}
      patchesJson6902:
        - target: {kind: Deployment}
          patch: [{op: replace, path: /spec/template/spec/containers/1/name, value: gluetun}]
      images: [{name: ghcr.io/qdm12/gluetun, newTag: v3.41.3}]
"""


def test_post_renderers_change_what_the_chart_made() -> None:
    app, vpn = containers(OWN + POST)
    assert app["env"] == [{"name": "TZ", "value": "UTC"}]
    assert vpn["name"] == "gluetun"
    assert vpn["image"] == "ghcr.io/qdm12/gluetun:v3.41.3"
    assert vpn["resources"] == {"limits": {"squat.ai/tun": 1}}
    (workload,) = run(OWN + POST)
    limit = workload.containers[1].get("resources", "limits", "squat.ai/tun")
    assert limit is not None
    text = (RELEASE + indented(OWN + POST, 2)).splitlines()
    assert "squat.ai/tun" in text[limit.span.line - 1]


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ("- {op: replace, path: /spec/template/spec/containers/7/name, value: x}", "app.yaml:"),
        ("{a: b", "not valid YAML"),
    ],
)
def test_a_patch_that_fails_fails_the_release(patch: str, reason: str) -> None:
    spec = f"{OWN}postRenderers:\n  - kustomize:\n      patches:\n        - target: {{kind: Deployment}}\n"
    (workload,) = run(f"{spec}          patch: |\n            {patch}\n")
    assert workload.object is None
    assert reason in workload.reason


def test_another_way_to_install_a_chart_is_unknown_not_safe() -> None:
    kind = "HelmChartProxy"
    root = read(
        f"apiVersion: addons.cluster.x-k8s.io/v1alpha1\nkind: {kind}\nmetadata: {{name: qbittorrent}}\nspec: {{chart: app-template}}\n"
    )
    (verdict,) = [
        judge_workload(found, RULESET, Objects([]))
        for found in derive_workloads(root, ChartSources(list), Objects([]))
    ]
    assert verdict.judged is not None
    assert (verdict.judged.client, verdict.judged.egress) == ("qbittorrent", "unknown")
    assert verdict.judged.reason.startswith(f"vpnlint does not follow a {kind}")
    source = read("apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: qbittorrent}\n")
    assert list(derive_workloads(source, ChartSources(list), Objects([]))) == []
