"""Tests the proxies of Tailscale's operator against its source at v1.102.3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vpnlint.check import list_workloads

OPERATOR = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: tailscale-operator, namespace: network}
spec:
  chart: {spec: {chart: tailscale-operator, version: 1.102.3, sourceRef: {kind: HelmRepository, name: tailscale}}}
"""
PROXY_CLASS = """\
apiVersion: tailscale.com/v1alpha1
kind: ProxyClass
metadata: {name: tun}
spec:
  statefulSet:
    pod:
      labels: {team: network}
      tailscaleContainer:
        env: [{name: TS_DEBUG_FIREWALL_MODE, value: nftables}]
        resources: {limits: {smarter-devices/net_tun: "1"}}
        securityContext: {capabilities: {add: [NET_ADMIN]}}
"""
CONNECTOR = """\
apiVersion: tailscale.com/v1alpha1
kind: Connector
metadata: {name: exit}
spec: {exitNode: true, proxyClass: tun}
"""
EGRESS = """\
apiVersion: v1
kind: Service
metadata: {name: far, namespace: media, annotations: {tailscale.com/tailnet-fqdn: far.example.ts.net}}
spec: {type: ExternalName, externalName: placeholder}
"""


def proxies(folder: Path, *documents: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the proxies of these objects, each by the title of the object that it is made for."""
    (folder / "all.yaml").write_text("---\n".join(documents))
    workloads, problems = list_workloads([str(folder)])
    assert problems == ()
    return [
        (workload.title, workload.object.to_plain())
        for workload, _ in workloads
        if workload.is_proxy and workload.object is not None
    ]


def container(stateful_set: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = stateful_set["spec"]["template"]["spec"]["containers"][0]
    return made


def environment(stateful_set: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container(stateful_set)["env"]}


def test_a_connector_runs_with_its_proxy_class(tmp_path: Path) -> None:
    [(title, stateful_set)] = proxies(tmp_path, OPERATOR, PROXY_CLASS, CONNECTOR)
    assert title == "Connector exit"
    assert container(stateful_set) == {
        "name": "tailscale",
        "image": "tailscale/tailscale:v1.102.3",
        "env": [
            {"name": "TS_USERSPACE", "value": "false"},
            {"name": "TS_KUBE_SECRET", "value": "ts-exit-0"},
            {"name": "TS_EXPERIMENTAL_VERSIONED_CONFIG_DIR", "value": "/etc/tsconfig/ts-exit-0"},
            {"name": "TS_DEBUG_FIREWALL_MODE", "value": "nftables"},
        ],
        "resources": {
            "requests": {"cpu": "1m", "memory": "1Mi"},
            "limits": {"smarter-devices/net_tun": "1"},
        },
        "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}},
    }
    assert stateful_set["spec"]["template"]["metadata"]["labels"] == {"team": "network"}


def test_without_a_proxy_class_the_container_is_privileged(tmp_path: Path) -> None:
    [(title, stateful_set)] = proxies(tmp_path, OPERATOR, EGRESS)
    assert title == "Service media/far"
    assert container(stateful_set)["securityContext"] == {"privileged": True}
    assert environment(stateful_set)["TS_TAILNET_TARGET_FQDN"] == "far.example.ts.net"
    assert environment(stateful_set)["TS_DEBUG_FIREWALL_MODE"] == "auto"


def test_before_1_78_it_had_net_admin_alone(tmp_path: Path) -> None:
    old = OPERATOR.replace("1.102.3", "1.76.6")
    [(_, stateful_set)] = proxies(tmp_path, old, EGRESS)
    assert container(stateful_set)["securityContext"] == {"capabilities": {"add": ["NET_ADMIN"]}}
    assert container(stateful_set)["image"] == "tailscale/tailscale:v1.76.6"


@pytest.mark.parametrize(
    ("values", "image"),
    [
        ("{proxyConfig: {image: {tag: latest}}}", "tailscale/tailscale:latest"),
        (
            "{proxyConfig: {image: {repository: ghcr.io/tailscale/tailscale}}}",
            "ghcr.io/tailscale/tailscale:v1.102.3",
        ),
        ('{proxyConfig: {image: {digest: "sha256:00"}}}', "tailscale/tailscale@sha256:00"),
    ],
)
def test_the_image_is_the_operators(tmp_path: Path, values: str, image: str) -> None:
    [(_, stateful_set)] = proxies(tmp_path, f"{OPERATOR}  values: {values}\n", EGRESS)
    assert container(stateful_set)["image"] == image


def test_a_default_class_is_for_services_and_not_for_connectors(tmp_path: Path) -> None:
    operator = f"{OPERATOR}  values: {{proxyConfig: {{defaultProxyClass: tun}}}}\n"
    connector = CONNECTOR.replace(", proxyClass: tun", "")
    found = dict(proxies(tmp_path, operator, PROXY_CLASS, connector, EGRESS))
    privileged = {title: "privileged" in container(made)["securityContext"] for title, made in found.items()}
    assert privileged == {"Connector exit": True, "Service media/far": False}


def test_a_proxy_class_that_nothing_uses_is_read_by_itself(tmp_path: Path) -> None:
    assert [title for title, _ in proxies(tmp_path, OPERATOR, PROXY_CLASS)] == ["ProxyClass tun"]


def test_nothing_is_made_where_the_operator_waits_for_a_class(tmp_path: Path) -> None:
    assert proxies(tmp_path, OPERATOR, CONNECTOR) == []


@pytest.mark.parametrize(
    "service",
    [
        EGRESS.replace("tailnet-fqdn: far", 'proxy-group: "shared", tailscale.com/tailnet-fqdn: far'),
        EGRESS.replace("tailscale.com/tailnet-fqdn: far.example.ts.net", 'tailscale.com/expose: "false"'),
        "apiVersion: v1\nkind: Service\nmetadata: {name: own}\nspec: {type: LoadBalancer}\n",
        EGRESS.replace(
            "tailscale.com/tailnet-fqdn: far.example.ts.net", 'tailscale.com/expose: "true"'
        ).replace("type: ExternalName", "clusterIP: None"),
    ],
)
def test_a_service_without_a_proxy_of_its_own_makes_none(tmp_path: Path, service: str) -> None:
    assert proxies(tmp_path, OPERATOR, service) == []


def test_a_proxy_group_is_one_stateful_set(tmp_path: Path) -> None:
    group = (
        "apiVersion: tailscale.com/v1alpha1\nkind: ProxyGroup\nmetadata: {name: out}\n"
        "spec: {type: egress, replicas: 2, proxyClass: tun}\n"
    )
    [(title, stateful_set)] = proxies(tmp_path, OPERATOR, PROXY_CLASS, group)
    assert title == "ProxyGroup out"
    assert stateful_set["spec"]["replicas"] == 2
    api_server = group.replace("egress", "kube-apiserver")
    assert [title for title, _ in proxies(tmp_path, OPERATOR, PROXY_CLASS, api_server)] == []


def test_the_operator_is_known_by_its_deployment_too(tmp_path: Path) -> None:
    deployment = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: operator, namespace: tailscale}
spec:
  template:
    spec:
      containers:
        - name: operator
          image: tailscale/k8s-operator:v1.76.6
          env: [{name: PROXY_IMAGE, value: "tailscale/tailscale:v1.76.6"}, {name: PROXY_FIREWALL_MODE, value: auto}]
"""
    [(title, stateful_set)] = proxies(tmp_path, deployment, EGRESS)
    assert title == "Service media/far"
    assert container(stateful_set)["image"] == "tailscale/tailscale:v1.76.6"
    assert "privileged" not in container(stateful_set)["securityContext"]


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: tailscale, namespace: argocd}
spec:
  destination: {namespace: network}
  source:
    chart: tailscale-operator
    repoURL: https://pkgs.tailscale.com/helmcharts
    targetRevision: 1.76.6
    helm: {valuesObject: {proxyConfig: {defaultProxyClass: tun}}}
"""
KUSTOMIZATION = """\
resources: [all.yaml]
helmCharts:
  - name: tailscale-operator
    repo: https://pkgs.tailscale.com/helmcharts
    version: 1.76.6
    namespace: network
    valuesInline: {proxyConfig: {defaultProxyClass: tun}}
"""


@pytest.mark.parametrize("by", ["an Application", "a kustomization"])
def test_the_operator_may_be_installed_by_something_else_than_flux(tmp_path: Path, by: str) -> None:
    if by == "a kustomization":
        (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION)
    documents = [APPLICATION] if by == "an Application" else []
    [(title, stateful_set)] = proxies(tmp_path, *documents, PROXY_CLASS, EGRESS)
    assert (title, stateful_set["metadata"]["namespace"]) == ("Service media/far", "network")
    assert container(stateful_set)["image"] == "tailscale/tailscale:v1.76.6"
    assert container(stateful_set)["resources"]["limits"] == {"smarter-devices/net_tun": "1"}
