"""Tests which Multus network a Pod's internet traffic uses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.multus_networks import find_networks
from vpnlint.surroundings.public_internet import carries_internet

STATIC = {"type": "static"}


def definition(*plugins: dict[str, Any]) -> str:
    config = json.dumps({"cniVersion": "1.1.0", "name": "vpn", "plugins": plugins})
    return f"""
    apiVersion: k8s.cni.cncf.io/v1
    kind: NetworkAttachmentDefinition
    metadata: {{name: vpn, namespace: network}}
    spec:
      config: '{config}'
    """


def networks(annotation: str, text: str) -> list[dict[str, Any]]:
    written = json.dumps({"k8s.v1.cni.cncf.io/networks": annotation})
    return find_networks(pod("{containers: [{name: c, image: x}]}", annotations=written), objects(text))


def macvlan(*destinations: str, **ipam: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON of any shape)
    return {"type": "macvlan", "ipam": {**STATIC, **ipam, "routes": [{"dst": dst} for dst in destinations]}}


@pytest.mark.parametrize(
    ("plugins", "default"),
    [
        ([macvlan("0.0.0.0/0")], "yes"),
        ([macvlan("0.0.0.0/1", "128.0.0.0/1")], "yes"),
        ([macvlan("192.168.0.0/16")], "no"),
        ([macvlan()], "no"),
        ([macvlan("0.0.0.0/1")], "unknown"),
        ([macvlan("${ROUTE}")], "unknown"),
        ([{"type": "macvlan", "ipam": {"type": "dhcp"}}], "unknown"),
        ([macvlan("0.0.0.0/0"), {"type": "sbr"}], "bound"),
        ([macvlan(addresses=[{"address": "10.0.0.2/24", "gateway": "10.0.0.1"}]), {"type": "sbr"}], "bound"),
        ([macvlan(addresses=[{"address": "10.0.0.2/24", "gateway": "10.0.0.1"}])], "no"),
        ([macvlan("192.168.0.0/16"), {"type": "sbr"}], "no"),
    ],
)
def test_where_the_internet_goes(plugins: list[dict[str, Any]], default: str) -> None:
    (found,) = networks("network/vpn", definition(*plugins))
    assert (found["name"], found["known"], found["default"], found["alone"]) == (
        "network/vpn",
        True,
        default,
        False,
    )


@pytest.mark.parametrize(
    ("plugins", "names"),
    [
        ([macvlan("0.0.0.0/0"), {"type": "sbr"}], "no"),
        ([macvlan("0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6")], "no"),
        ([macvlan("0.0.0.0/0")], "unknown"),
        ([macvlan("10.0.0.0/8")], "unknown"),
        ([macvlan("${ROUTE}")], "unknown"),
        ([{"type": "macvlan", "ipam": {"type": "dhcp"}}], "unknown"),
    ],
)
def test_where_a_cluster_s_resolver_is_asked(plugins: list[dict[str, Any]], names: str) -> None:
    (found,) = networks("network/vpn", definition(*plugins))
    assert found["names"] == names
    (taking,) = networks('[{"name": "vpn", "default-route": ["10.0.0.1"]}]', definition(*plugins))
    assert taking["names"] == "unknown"


def test_the_forms_of_the_annotation() -> None:
    text = definition(macvlan())
    assert [(n["name"], n["interface"], n["known"]) for n in networks("network/vpn@eth7, lan", text)] == [
        ("network/vpn", "eth7", True),
        ("downloads/lan", "net2", False),
    ]
    (found,) = networks('[{"name": "vpn", "namespace": "network", "default-route": ["10.0.0.1"]}]', text)
    assert (found["default"], found["alone"], found["interface"]) == ("yes", True, "net1")
    (broken,) = networks('[{"name": "vpn",}]', text)
    assert (broken["known"], broken["default"]) == (False, "unknown")
    assert networks("", text) == []


def test_the_complement_of_private_space_is_the_internet() -> None:
    complement = [
        "0.0.0.0/5",
        "8.0.0.0/7",
        "11.0.0.0/8",
        "12.0.0.0/6",
        "16.0.0.0/4",
        "32.0.0.0/3",
        "64.0.0.0/2",
        "128.0.0.0/3",
        "160.0.0.0/5",
        "168.0.0.0/6",
        "172.0.0.0/12",
        "172.32.0.0/11",
        "172.64.0.0/10",
        "172.128.0.0/9",
        "173.0.0.0/8",
        "174.0.0.0/7",
        "176.0.0.0/4",
        "192.0.0.0/9",
        "192.128.0.0/11",
        "192.160.0.0/13",
        "192.169.0.0/16",
        "192.170.0.0/15",
        "192.172.0.0/14",
        "192.176.0.0/12",
        "192.192.0.0/10",
        "193.0.0.0/8",
        "194.0.0.0/7",
        "196.0.0.0/6",
        "200.0.0.0/5",
        "208.0.0.0/4",
    ]
    assert carries_internet(complement) == "yes"
    assert carries_internet(complement[1:]) == "unknown"
