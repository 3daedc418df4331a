from __future__ import annotations

from typing import Any

import pytest

from vpnlint.charts.k8s_at_home.render import render_k8s_at_home
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node

GLUETUN = """
addons:
  vpn:
    enabled: true
    type: gluetun
    env:
      VPN_TYPE: wireguard
      KEY: {secretKeyRef: {name: vpn, key: key}}
    envFrom: [{secretRef: {name: vpn}}]
    additionalVolumeMounts: [{name: tun, mountPath: /dev/net/tun}]
persistence:
  tun: {enabled: true, type: hostPath, hostPath: /dev/net/tun, mountPath: "-"}
"""


def objects(
    values: str, version: str = "13.5.2", chart: str = "qbittorrent", name: str = "qbittorrent"
) -> list[Node]:
    document = next(parse_documents(values, "values.yaml"))
    assert isinstance(document, Document)
    return render_k8s_at_home(Release(name, "media", chart, version, document.root, document.root))


def pod(values: str, **of: str) -> dict[str, Any]:
    found: dict[str, Any] = objects(values, **of)[0].to_plain()["spec"]["template"]["spec"]
    return found


def test_chart_without_an_addon() -> None:
    found = pod("{}")
    assert [container["name"] for container in found["containers"]] == ["qbittorrent"]
    assert found["containers"][0]["image"] == "ghcr.io/k8s-at-home/qbittorrent:${CHART_DEFAULT}"
    assert "volumes" not in found


def test_gluetun_is_an_ordinary_container_after_the_client() -> None:
    found = pod(GLUETUN)
    assert [container["name"] for container in found["containers"]] == ["qbittorrent", "gluetun"]
    assert "initContainers" not in found
    gluetun = found["containers"][1]
    assert gluetun["image"] == "docker.io/qmcgaw/gluetun:v3.30.0"
    assert gluetun["env"] == [
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "vpn", "key": "key"}}},
        {"name": "VPN_TYPE", "value": "wireguard"},
    ]
    assert gluetun["envFrom"] == [{"secretRef": {"name": "vpn"}}]
    assert gluetun["securityContext"] == {"capabilities": {"add": ["NET_ADMIN", "SYS_MODULE"]}}
    assert gluetun["volumeMounts"] == [{"name": "tun", "mountPath": "/dev/net/tun"}]


def test_volume_that_only_the_addon_mounts() -> None:
    found = pod(GLUETUN)
    assert found["volumes"] == [{"name": "tun", "hostPath": {"path": "/dev/net/tun"}}]
    assert "volumeMounts" not in found["containers"][0]


def test_disabled_addon_with_its_whole_configuration_is_no_vpn() -> None:
    assert len(pod(GLUETUN.replace("enabled: true\n    type", "enabled: false\n    type"))["containers"]) == 1


def test_charts_before_common_4_5_have_no_gluetun_and_say_nothing() -> None:
    assert len(pod(GLUETUN, version="13.4.3")["containers"]) == 1
    assert len(pod(GLUETUN, version="13.5.0")["containers"]) == 2
    assert len(pod(GLUETUN.replace("gluetun", "wireguard"), version="13.4.3")["containers"]) == 2


def test_enabled_by_a_variable_is_unknown() -> None:
    with pytest.raises(UnknownChart, match=r"addons\.vpn\.enabled is \$\{VPN\}"):
        objects("addons: {vpn: {enabled: '${VPN}'}}")


def test_wireguard_and_its_configuration_file() -> None:
    values = "addons: {vpn: {enabled: true, type: wireguard, configFile: x, scripts: {up: echo}}}"
    found = pod(values, version="8.4.3", chart="transmission", name="downloads")
    addon = found["containers"][1]
    assert addon["image"] == "ghcr.io/k8s-at-home/wireguard:v1.0.20210914"
    assert [mount["mountPath"] for mount in addon["volumeMounts"]] == [
        "/etc/wireguard/wg0.conf",
        "/config/up.sh",
    ]
    assert [volume["name"] for volume in found["volumes"]] == ["vpnconfig", "vpnscript"]
    assert found["volumes"][0]["secret"]["secretName"] == "downloads-transmission-vpnconfig"


def test_openvpn_takes_its_login_from_a_secret() -> None:
    found = pod("addons: {vpn: {enabled: true, openvpn: {auth: 'user;password'}}}")
    assert found["containers"][1]["envFrom"] == [{"secretRef": {"name": "qbittorrent-openvpn"}}]
    assert found["containers"][1]["image"] == "dperson/openvpn-client:latest"


def test_network_policy_of_the_addon() -> None:
    values = """
addons:
  vpn:
    enabled: true
    networkPolicy: {enabled: true, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
"""
    deployment, _, policy = (node.to_plain() for node in objects(values))
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert policy["kind"] == "NetworkPolicy"
    assert policy["spec"]["podSelector"]["matchLabels"] == labels
    assert policy["spec"]["egress"] == [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]
    assert len(objects(values.replace("{enabled: true, egress", "{enabled: false, egress"))) == 2


def test_env_mapping_list_and_templates() -> None:
    found = pod(
        "env: {B: true, A: '{{ .Release.Name }}', N: 1000000, P: {fieldRef: {fieldPath: status.podIP}}}"
    )
    assert found["containers"][0]["env"] == [
        {"name": "A", "value": "qbittorrent"},
        {"name": "B", "value": "true"},
        {"name": "N", "value": "1e+06"},
        {"name": "P", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "TZ", "value": "UTC"},
    ]
    assert pod("env: [{name: X, value: '1'}]")["containers"][0]["env"] == [{"name": "X", "value": "1"}]


def test_pod_options_and_more_containers() -> None:
    values = """
podAnnotations: {k8s.v1.cni.cncf.io/networks: vpn}
podLabels: {gateway: "true"}
hostNetwork: true
additionalContainers: {vpn: {image: "qmcgaw/gluetun:v3.40.0", env: {FIREWALL: "on"}}}
image: {repository: example.org/qbittorrent, tag: 4.4.2}
"""
    deployment, _ = (node.to_plain() for node in objects(values))
    template = deployment["spec"]["template"]
    assert template["metadata"]["annotations"] == {"k8s.v1.cni.cncf.io/networks": "vpn"}
    assert template["metadata"]["labels"]["gateway"] == "true"
    assert template["spec"]["dnsPolicy"] == "ClusterFirstWithHostNet"
    assert template["spec"]["containers"][0]["image"] == "example.org/qbittorrent:4.4.2"
    assert template["spec"]["containers"][1]["env"] == [{"name": "FIREWALL", "value": "on"}]


def test_services_are_the_charts_own_and_those_that_the_values_switch_on() -> None:
    values = """
service:
  main: {ports: {http: {port: 8081}}}
  bittorrent: {enabled: true, type: LoadBalancer, ports: {bittorrent: {port: 50413, targetPort: null}}}
"""
    deployment, peers, web = (node.to_plain() for node in objects(values))
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert (peers["metadata"]["name"], peers["spec"]["type"]) == ("qbittorrent-bittorrent", "LoadBalancer")
    assert peers["spec"]["ports"] == [
        {"name": "bittorrent", "protocol": "TCP", "port": 50413, "targetPort": 50413}
    ]
    assert (web["metadata"]["name"], web["spec"]["type"]) == ("qbittorrent", "ClusterIP")
    assert web["spec"]["ports"] == [{"name": "http", "protocol": "TCP", "port": 8081, "targetPort": 8081}]
    assert peers["spec"]["selector"] == web["spec"]["selector"] == labels
    assert [node.text_at("kind") for node in objects("service: {main: {enabled: false}}")] == ["Deployment"]


def test_a_service_whose_switch_is_a_variable_is_left_out() -> None:
    kinds = [node.text_at("kind") for node in objects("service: {main: {enabled: '${WEB}'}}")]
    assert kinds == ["Deployment"]


def test_charts_that_are_not_known() -> None:
    with pytest.raises(UnknownChart, match=r"before common 4\.0"):
        objects("{}", version="11.3.0")
    with pytest.raises(UnknownChart, match="image"):
        objects("{}", chart="sonarr", version="16.0.0")
    with pytest.raises(UnknownChart, match=r"controller\.type"):
        objects("controller: {type: pod}")


def test_fields_know_their_place() -> None:
    addon = objects(GLUETUN)[0].get("spec", "template", "spec", "containers", 1)
    assert addon is not None
    env, image = addon.get("env", 1, "value"), addon.get("image")
    assert env is not None
    assert image is not None
    assert (env.span.line, env.path) == (7, ("addons", "vpn", "env", "VPN_TYPE"))
    assert image.head.line == 3


@pytest.mark.parametrize(
    ("values", "strategy"),
    [("{}", "Recreate"), ("controller: {strategy: RollingUpdate}", "RollingUpdate")],
)
def test_a_deployment_is_recreated_unless_told_otherwise(values: str, strategy: str) -> None:
    assert objects(values)[0].to_plain()["spec"]["strategy"] == {"type": strategy}


@pytest.mark.parametrize(
    ("overrides", "name", "fullname"),
    [
        ("", "qbittorrent", "media-qbittorrent"),
        ("nameOverride: torrents", "torrents", "media-torrents"),
        ("{nameOverride: torrents, global: {nameOverride: seeds}}", "seeds", "media-seeds"),
        ("{fullnameOverride: a, global: {nameOverride: seeds, fullnameOverride: b}}", "seeds", "b"),
    ],
)
def test_the_labels_hold_the_app_s_name_by_which_policies_select_it(
    overrides: str, name: str, fullname: str
) -> None:
    made = objects(overrides or "{}", name="media")[0].to_plain()
    assert made["metadata"]["name"] == fullname
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": "media"}
    assert made["spec"]["template"]["metadata"]["labels"] == labels
