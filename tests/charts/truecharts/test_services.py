"""Tests the type, selector and ports of the Services of TrueCharts' releases."""

from __future__ import annotations

from typing import Any

from tests.charts.truecharts.test_render import release
from vpnlint.charts.truecharts.render import render_truecharts


def services(values: str, **of: str) -> dict[str, dict[str, Any]]:
    found = [node.to_plain() for node in render_truecharts(release(values, **of))]
    return {item["metadata"]["name"]: item["spec"] for item in found if item["kind"] == "Service"}


def ports(spec: dict[str, Any]) -> list[tuple[object, ...]]:
    return [(port["port"], port.get("targetPort"), port["protocol"]) for port in spec["ports"]]


def test_a_chart_has_services_of_its_own() -> None:
    found = services("{}")
    assert ports(found["qbittorrent"]) == [(10095, None, "TCP")]
    assert ports(found["qbittorrent-torrent"]) == [(6881, None, "TCP"), (6881, None, "UDP")]
    assert found["qbittorrent-torrent"]["type"] == "${CHART_DEFAULT}"
    assert found["qbittorrent"]["selector"] == {
        "app.kubernetes.io/name": "qbittorrent",
        "app.kubernetes.io/instance": "qbittorrent",
        "pod.name": "main",
    }


def test_udp_follows_the_port_that_is_given_for_tcp() -> None:
    values = "service: {torrent: {type: LoadBalancer, ports: {torrent: {port: 60502}}}}"
    found = services(values)["qbittorrent-torrent"]
    assert found["type"] == "LoadBalancer"
    assert ports(found) == [(60502, None, "TCP"), (60502, None, "UDP")]


def test_a_service_that_is_off_is_not_made() -> None:
    assert set(services("service: {torrent: {enabled: false}}")) == {"qbittorrent"}


def test_on_the_node_it_is_a_cluster_ip() -> None:
    values = "podOptions: {hostNetwork: true}\nservice: {torrent: {type: LoadBalancer}}"
    assert services(values)["qbittorrent-torrent"]["type"] == "ClusterIP"


def test_another_workload_is_chosen_by_name() -> None:
    values = "service: {other: {enabled: true, targetSelector: other, ports: {x: {enabled: true, port: 1}}}}"
    assert "qbittorrent-other" not in services(values)


def test_each_chart_tells_peers_its_port() -> None:
    assert (
        ports(services("{}", chart="transmission", name="transmission")["transmission-torrent"])[0][0]
        == 51414
    )
    assert ports(services("{}", chart="deluge", name="deluge")["deluge-torrent"])[1] == (6881, None, "UDP")
