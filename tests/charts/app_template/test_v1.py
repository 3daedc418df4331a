"""Tests app-template 1.x against the Pods that real Helm 4.2 rendered with app-template 1.5.1.

The expected Pods lack the null that the chart writes for a missing imagePullPolicy.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.app_template.derived import controllers, field
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

BARE = """\
image: {repository: r, tag: t1}
service: {main: {enabled: false}}
"""


def pod(text: str) -> dict[str, Any]:
    (controller,) = controllers(text, "1.5.1")
    result: dict[str, Any] = field(controller, "spec", "template").to_plain()
    return result


def test_the_least() -> None:
    assert pod(BARE) == {
        "metadata": {"labels": {"app.kubernetes.io/name": "tor", "app.kubernetes.io/instance": "tor"}},
        "spec": {
            "serviceAccountName": "default",
            "automountServiceAccountToken": True,
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": True,
            "containers": [{"name": "tor", "image": "r:t1"}],
        },
    }


def test_main_container() -> None:
    text = """\
        image: {repository: r, tag: 1.5, pullPolicy: Always}
        command: /run
        args: [a, b]
        env: {BIG: 1000000, T: "{{ .Release.Name }}", V: {value: 5}, S: {secretKeyRef: {name: a, key: b}}}
        envFrom: [{secretRef: {name: s}}]
        securityContext: {privileged: true}
        service:
          main: {ports: {http: {port: 8080}}}
          bt: {ports: {bt: {port: 6881, protocol: UDP}}}
        probes: {liveness: {enabled: false}, readiness: {enabled: false}}
        """
    (made,) = pod(text)["spec"]["containers"]
    assert made.pop("startupProbe")["tcpSocket"] == {"port": 8080}
    assert made == {
        "name": "tor",
        "image": "r:1.5",
        "imagePullPolicy": "Always",
        "command": ["/run"],
        "args": ["a", "b"],
        "env": [
            {"name": "BIG", "value": "1e+06"},
            {"name": "S", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
            {"name": "T", "value": "tor"},
            {"name": "V", "value": "5"},
        ],
        "envFrom": [{"secretRef": {"name": "s"}}],
        "securityContext": {"privileged": True},
        "ports": [
            {"name": "bt", "containerPort": 6881, "protocol": "UDP"},
            {"name": "http", "containerPort": 8080, "protocol": "TCP"},
        ],
    }


def test_persistence_is_off_until_enabled() -> None:
    text = f"""\
{BARE}
persistence:
  config: {{enabled: true, existingClaim: c, mountPath: /config, subPath: s}}
  own: {{enabled: true, accessMode: x, size: 1Gi}}
  bare: {{enabled: true, accessMode: x, size: 1Gi, nameOverride: "-"}}
  hidden: {{enabled: true, type: emptyDir, mountPath: "-"}}
  parts: {{enabled: true, type: emptyDir, subPath: [{{path: a, mountPath: /a, readOnly: true}}]}}
  off: {{type: emptyDir}}
"""
    made = pod(text)["spec"]
    assert made["volumes"] == [
        {"name": "bare", "persistentVolumeClaim": {"claimName": "tor"}},
        {"name": "config", "persistentVolumeClaim": {"claimName": "c"}},
        {"name": "hidden", "emptyDir": {}},
        {"name": "own", "persistentVolumeClaim": {"claimName": "tor-own"}},
        {"name": "parts", "emptyDir": {}},
    ]
    assert made["containers"][0]["volumeMounts"] == [
        {"name": "bare", "mountPath": "/bare"},
        {"name": "config", "mountPath": "/config", "subPath": "s"},
        {"name": "own", "mountPath": "/own"},
        {"name": "parts", "mountPath": "/a", "subPath": "a", "readOnly": True},
    ]


def test_more_containers() -> None:
    text = f"""\
{BARE}
initContainers: {{b: {{image: "a:{{{{ .Release.Name }}}}", env: {{X: 1}}}}, a: {{name: first, image: i}}}}
sidecars: {{z: {{image: z}}}}
additionalContainers: {{m: {{image: m, env: [{{name: A, value: 2}}]}}}}
"""
    made = pod(text)["spec"]
    assert made["initContainers"] == [
        {"name": "first", "image": "i"},
        {"name": "b", "image": "a:tor", "env": [{"name": "X", "value": "1"}]},
    ]
    assert made["containers"][1:] == [
        {"name": "m", "image": "m", "env": [{"name": "A", "value": "2"}]},
        {"name": "z", "image": "z"},
    ]


VPN = """\
addons:
  vpn:
    enabled: true
    gluetun: {image: {tag: v3.40.0}}
    env: {VPN_TYPE: wireguard, FIREWALL: false}
    envFrom: [{secretRef: {name: vpn}}]
    configFileSecret: wg
"""


def test_vpn_addon() -> None:
    made = pod(BARE + VPN)["spec"]
    assert made["containers"][1] == {
        "name": "gluetun",
        "image": "docker.io/qmcgaw/gluetun:v3.40.0",
        "securityContext": {"capabilities": {"add": ["NET_ADMIN", "SYS_MODULE"]}},
        "env": [{"name": "FIREWALL", "value": "false"}, {"name": "VPN_TYPE", "value": "wireguard"}],
        "envFrom": [{"secretRef": {"name": "vpn"}}],
        "volumeMounts": [
            {"name": "vpnconfig", "mountPath": "/gluetun/config.conf", "subPath": "vpnConfigfile"}
        ],
    }
    items = [{"key": "vpnConfigfile", "path": "vpnConfigfile"}]
    assert made["volumes"] == [{"name": "vpnconfig", "secret": {"secretName": "wg", "items": items}}]


def test_vpn_addon_that_is_off() -> None:
    assert len(pod(BARE + VPN.replace("enabled: true", "enabled: false"))["spec"]["containers"]) == 1


def test_a_variable_of_the_vpn_addon_is_where_it_is_written() -> None:
    (controller,) = controllers(BARE + VPN, "1.5.1")
    value: Node = field(controller, "spec", "template", "spec", "containers", 1, "env", 0, "value")
    assert (value.text, value.span.line, value.span.column) == ("false", 7, 42)


def test_without_a_version_the_shape_decides() -> None:
    (controller,) = controllers(BARE, "")
    assert field(controller, "spec", "template", "spec", "containers", 0, "name").value == "tor"


def test_a_controller_that_is_off() -> None:
    assert controllers(BARE + "controller: {enabled: false}\n", "1.5.1") == []


def test_no_image_is_refused() -> None:
    with pytest.raises(UnknownChart, match="image"):
        controllers("env: {A: b}", "1.5.1")
