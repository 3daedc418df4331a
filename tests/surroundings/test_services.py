"""Tests which Services send traffic to a Pod, and to which of its ports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, pod, workload
from vpnlint.surroundings.collect import collect_surroundings
from vpnlint.surroundings.services import find_services

SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {namespace}}}
spec: {{type: LoadBalancer, selector: {selector}, ports: [{port}]}}
"""


def services(
    port: str, selector: str = "{app: torrents}", namespace: str = "downloads"
) -> list[dict[str, Any]]:
    torrents = pod(
        "{containers: [{name: main, image: x, ports: [{name: peers, containerPort: 6881}]}]}",
        labels="{app: torrents}",
    )
    return find_services(torrents, objects(SERVICE.format(port=port, selector=selector, namespace=namespace)))


@pytest.mark.parametrize(
    ("port", "found"),
    [
        ("{port: 80}", {"port": 80, "target": 80, "protocol": "TCP"}),
        ("{port: 80, targetPort: 8080, protocol: UDP}", {"port": 80, "target": 8080, "protocol": "UDP"}),
        ("{port: 51413, targetPort: peers}", {"port": 51413, "target": 6881, "protocol": "TCP"}),
        ("{port: 80, targetPort: absent}", {"port": 80, "target": 0, "protocol": "TCP"}),
        ("{port: '${PORT}'}", {"port": 0, "target": 0, "protocol": "TCP"}),
    ],
)
def test_a_port_leads_to_a_port_of_the_pod(port: str, found: dict[str, Any]) -> None:
    assert services(port) == [{"name": "web", "type": "LoadBalancer", "ports": [{"name": "", **found}]}]


@pytest.mark.parametrize(
    ("selector", "namespace"),
    [
        ("{app: other}", "downloads"),
        ("{}", "downloads"),
        ("{app: torrents}", "media"),
        ("{app: '${X}'}", "downloads"),
    ],
)
def test_a_service_of_others_is_none_of_the_pods(selector: str, namespace: str) -> None:
    assert services("{port: 80}", selector, namespace) == []


def test_a_service_counts_if_nothing_says_where_the_pod_runs() -> None:
    torrents = workload("""
        apiVersion: v1
        kind: Pod
        metadata: {name: torrents, labels: {app: torrents}}
        spec: {containers: [{name: main, image: x}]}
        """)
    service = SERVICE.format(port="{port: 80}", selector="{app: torrents}", namespace="media")
    assert [found["name"] for found in find_services(torrents, objects(service))] == ["web"]


def test_a_chart_s_own_services_count() -> None:
    release = workload(
        """
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: torrents, namespace: downloads}
        spec:
          chart: {spec: {chart: app-template, version: 4.4.0}}
          values:
            controllers: {torrents: {containers: {app: {image: {repository: linuxserver/qbittorrent, tag: 5.1.2}}}}}
            service: {peers: {controller: torrents, type: LoadBalancer, ports: {bt: {port: 6881}}}}
        """
    )
    found = collect_surroundings(release, objects(""), RULESET.catalog)["services"]
    assert found == [
        {
            "name": "torrents",
            "type": "LoadBalancer",
            "ports": [{"name": "bt", "port": 6881, "target": 6881, "protocol": "TCP"}],
        }
    ]
