"""The HelmChart of k3s and RKE2 makes the Pods that its controller would have Helm make."""

from __future__ import annotations

from textwrap import indent

from tests.gitops.helm_release.test_release import VALUES, read
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.objects import Objects
from vpnlint.workloads.derive import derive_workloads
from vpnlint.workloads.workload import Workload

CHART = """\
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {name: tor, namespace: kube-system}
spec:
  repo: https://bjw-s-labs.github.io/helm-charts
  chart: app-template
  version: 4.4.0
  targetNamespace: media
"""
CONTENT = "  valuesContent: |\n" + indent(VALUES, "    ")
CONFIG = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: tor, namespace: kube-system}
spec:
  valuesContent: |
    controllers: {tor: {containers: {app: {env: {A: b}}}}}
"""


def run(text: str, *others: str) -> list[Workload]:
    return list(derive_workloads(read(text), ChartSources(list), Objects([read(other) for other in others])))


def test_its_values_make_pods_each_field_at_its_line() -> None:
    (workload,) = run(CHART + CONTENT)
    assert workload.title == "HelmChart media/tor"
    app, vpn = workload.containers
    assert app.text_at("image") == "linuxserver/qbittorrent:5.1.2"
    image = vpn.get("image")
    assert image is not None
    assert "gluetun" in (CHART + CONTENT).splitlines()[image.span.line - 1]


def test_a_config_and_set_are_laid_over_its_values() -> None:
    (workload,) = run(
        CHART + CONTENT + "  set: {controllers.tor.containers.vpn.env.FIREWALL: 'on'}\n", CONFIG
    )
    app, vpn = workload.containers
    assert app.to_plain()["env"] == [{"name": "A", "value": "b"}]
    assert vpn.items("env")[0].text_at("value") == "on"


def test_values_that_cannot_be_read_are_named() -> None:
    (workload,) = run(CHART + CONTENT + "  valuesSecrets: [{name: more}]\n")
    assert workload.missing == ("Secret kube-system/more",)
    (workload,) = run(CHART + "  valuesContent: |\n    - a\n")
    assert (workload.object, "must be a mapping" in workload.reason) == (None, True)
    (workload,) = run(CHART.replace("app-template", "other") + CONTENT.replace("controllers", "x"))
    assert "does not know the chart other" in workload.reason
