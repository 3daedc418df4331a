from __future__ import annotations

import json
from typing import Any

import pytest

from tests.checkout import CORPUS, needs_corpus
from vpnlint.charts.release import Release
from vpnlint.charts.truecharts.render import render_truecharts
from vpnlint.errors import UnknownChart
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node

GLUETUN = """
addons:
  gluetun:
    enabled: true
    container:
      env:
        FIREWALL: "on"
        FIREWALL_OUTBOUND_SUBNETS: "10.0.0.0/8, 192.168.1.0/24"
        VPN_TYPE: wireguard
"""


def release(
    values: str, version: str = "25.0.0", chart: str = "qbittorrent", name: str = "qbittorrent"
) -> Release:
    document = next(parse_documents(values, "values.yaml"))
    assert isinstance(document, Document)
    return Release(name, "media", chart, version, document.root, document.root)


def deployment(values: str, **of: str) -> Node:
    return next(
        node for node in render_truecharts(release(values, **of)) if node.to_plain()["kind"] == "Deployment"
    )


def containers(values: str, **of: str) -> dict[str, dict[str, Any]]:
    found = deployment(values, **of).to_plain()["spec"]["template"]["spec"]["containers"]
    return {container["name"]: container for container in found}


def environment(container: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in container["env"]}


def test_no_addon_no_vpn() -> None:
    found = containers("{}")
    assert list(found) == ["qbittorrent"]
    assert found["qbittorrent"]["image"] == "oci.trueforge.org/containerforge/qbittorrent:${CHART_DEFAULT}"


def test_gluetun_is_an_ordinary_container_before_the_client() -> None:
    pod = deployment(GLUETUN).to_plain()["spec"]["template"]["spec"]
    assert [container["name"] for container in pod["containers"]] == ["qbittorrent-gluetun", "qbittorrent"]
    assert "initContainers" not in pod
    assert pod["containers"][0]["securityContext"]["capabilities"]["add"][:3] == [
        "NET_ADMIN",
        "NET_RAW",
        "MKNOD",
    ]


def test_firewall_on_adds_the_librarys_subnets_and_port() -> None:
    env = environment(containers(GLUETUN)["qbittorrent-gluetun"])
    assert env["FIREWALL"] == "on"
    assert env["FIREWALL_OUTBOUND_SUBNETS"] == "10.0.0.0/8,192.168.1.0/24,172.16.0.0/16,172.17.0.0/16"
    assert env["FIREWALL_INPUT_PORTS"] == "10095"


def test_firewall_is_off_unless_the_values_say_on() -> None:
    env = environment(containers("addons: {gluetun: {enabled: true}}")["qbittorrent-gluetun"])
    assert env["FIREWALL"] == "off"
    assert env["FIREWALL_OUTBOUND_SUBNETS"] == ""


def test_kill_switch_keys_of_the_old_addon_do_nothing_in_the_new_one() -> None:
    values = "addons: {gluetun: {enabled: true, killSwitch: true, container: {killSwitch: true}}}"
    assert environment(containers(values)["qbittorrent-gluetun"])["FIREWALL"] == "off"


def test_disabled_addon_with_its_whole_configuration_is_no_vpn() -> None:
    assert list(containers(GLUETUN.replace("enabled: true", "enabled: false"))) == ["qbittorrent"]
    assert list(containers(GLUETUN.replace("    enabled: true\n", ""))) == ["qbittorrent"]


def test_the_text_false_is_true_to_helm() -> None:
    assert "qbittorrent-gluetun" in containers(GLUETUN.replace("enabled: true", 'enabled: "false"'))


def test_enabled_by_a_variable_is_unknown() -> None:
    with pytest.raises(UnknownChart, match=r"addons\.gluetun\.enabled is \$\{VPN\}"):
        render_truecharts(release(GLUETUN.replace("enabled: true", "enabled: ${VPN}")))


def test_boolean_firewall_is_refused_as_helm_does() -> None:
    with pytest.raises(UnknownChart, match="must be a string"):
        render_truecharts(release("addons: {gluetun: {enabled: true, container: {env: {FIREWALL: true}}}}"))


@pytest.mark.parametrize(("exclude", "limit"), [("true", {}), ("false", {"truecharts.org/tun": 1})])
def test_tun_limit_gets_through_only_without_exclude_extra(exclude: str, limit: dict[str, int]) -> None:
    values = f"""
addons:
  gluetun:
    enabled: true
    container: {{resources: {{excludeExtra: {exclude}, limits: {{truecharts.org/tun: 1}}}}}}
"""
    limits = containers(values)["qbittorrent-gluetun"]["resources"]["limits"]
    assert limits == {"cpu": "${CHART_DEFAULT}", "memory": "${CHART_DEFAULT}", **limit}


def test_exclude_extra_is_the_addons_default() -> None:
    limits = "{truecharts.org/tun: 1, cpu: 1}"
    values = f"addons: {{gluetun: {{enabled: true, container: {{resources: {{limits: {limits}}}}}}}}}"
    assert containers(values)["qbittorrent-gluetun"]["resources"]["limits"] == {
        "cpu": 1,
        "memory": "${CHART_DEFAULT}",
    }


def test_secret_of_the_addon_is_mounted() -> None:
    secret = "{conf: {basePath: /gluetun/wireguard, data: {wg0.conf: x}}}"
    values = f"addons: {{gluetun: {{enabled: true, secret: {secret}}}}}"
    pod = deployment(values).to_plain()["spec"]["template"]["spec"]
    assert {"name": "gluetun-conf", "mountPath": "/gluetun/wireguard"} in pod["containers"][0]["volumeMounts"]
    assert "gluetun-conf" not in [mount["name"] for mount in pod["containers"][1]["volumeMounts"]]
    volume = next(volume for volume in pod["volumes"] if volume["name"] == "gluetun-conf")
    assert volume["secret"]["secretName"] == "qbittorrent-gluetun-conf"


def test_tailscale_runs_in_userspace_by_itself() -> None:
    env = environment(containers("addons: {tailscale: {enabled: true}}")["qbittorrent-tailscale"])
    assert env["TS_USERSPACE"] == "true"
    assert env["TS_KUBE_SECRET"] == ""
    kernel = containers("addons: {tailscale: {enabled: true, container: {env: {TS_USERSPACE: false}}}}")
    assert kernel["qbittorrent-tailscale"]["securityContext"]["runAsUser"] == 0


def test_device_volume_makes_the_container_privileged() -> None:
    values = """
addons: {gluetun: {enabled: true}}
persistence:
  tun:
    {enabled: true, type: device, hostPath: /dev/net/tun, targetSelector: {main: {gluetun: {mountPath: /dev/net/tun}}}}
"""
    found = containers(values)
    assert found["qbittorrent-gluetun"]["securityContext"]["privileged"] is True
    assert found["qbittorrent"]["securityContext"]["privileged"] is False


def test_old_addon_sets_the_firewall_by_its_kill_switch() -> None:
    values = (
        "addons: {vpn: {type: gluetun, excludedNetworks_IPv4: [192.168.1.0/24], env: {VPN_TYPE: wireguard}}}"
    )
    found = containers(values, version="20.0.11")
    assert list(found) == ["qbittorrent", "qbittorrent-vpn"]
    env = environment(found["qbittorrent-vpn"])
    assert env["FIREWALL"] == "on"
    assert env["FIREWALL_OUTBOUND_SUBNETS"] == "172.16.0.0/16,172.17.0.0/16,192.168.1.0/24"
    off = containers(values.replace("type:", "killSwitch: false, type:"), version="20.0.11")
    assert environment(off["qbittorrent-vpn"])["FIREWALL"] == "off"


def test_old_wireguard_addon_wins_over_the_users_kill_switch() -> None:
    values = "addons: {vpn: {type: wireguard, existingSecret: wg, env: {KILLSWITCH: 'false'}}}"
    found = containers(values, version="20.0.11")["qbittorrent-vpn"]
    assert environment(found)["KILLSWITCH"] == "true"
    assert {"name": "vpnconfig", "mountPath": "/etc/wireguard"} in found["volumeMounts"]


def test_charts_that_dropped_the_old_addon_ignore_it() -> None:
    assert list(containers("addons: {vpn: {type: gluetun, killSwitch: true}}", version="25.0.0")) == [
        "qbittorrent"
    ]


def test_charts_between_what_was_read_are_unknown() -> None:
    for of in ({"version": "22.1.0"}, {"version": "20.0.0", "chart": "transmission"}):
        with pytest.raises(UnknownChart, match=r"addons\.vpn adds a VPN only in old TrueCharts charts"):
            render_truecharts(release("addons: {vpn: {type: gluetun}}", **of))


def test_old_charts_ignore_the_new_addon() -> None:
    assert list(containers(GLUETUN, version="20.0.11")) == ["qbittorrent"]


def test_env_that_helm_refuses_is_unknown() -> None:
    values = "addons: {vpn: {type: gluetun, env: {VPN_TYPE: {name: VPN_TYPE, value: wireguard}}}}"
    with pytest.raises(UnknownChart, match="Helm refuses the env VPN_TYPE"):
        render_truecharts(release(values, version="20.0.11"))


def test_charts_and_images_that_are_not_known() -> None:
    with pytest.raises(UnknownChart, match="image"):
        render_truecharts(release("{}", chart="sabnzbd"))
    with pytest.raises(UnknownChart, match="before chart 14"):
        render_truecharts(release("{}", version="11.0.7"))
    found = containers(
        "image: {repository: example.org/sabnzbd, tag: '4'}", chart="sabnzbd", name="downloads"
    )
    assert found["downloads-sabnzbd"]["image"] == "example.org/sabnzbd:4"


def test_references_templates_and_pod_metadata() -> None:
    values = """
workload:
  main:
    podSpec:
      hostNetwork: true
      labels: {gateway: "true"}
      annotations: {k8s.v1.cni.cncf.io/networks: "{{ .Release.Namespace }}/vpn"}
      containers:
        main:
          env:
            PORT: "{{ .Values.service.main.ports.main.port }}"
            TOKEN: {secretKeyRef: {name: own, key: token}}
          envFrom: [{secretRef: {name: vpn, expandObjectName: false}}]
"""
    template = deployment(values).to_plain()["spec"]["template"]
    container = template["spec"]["containers"][0]
    env = environment(container)
    assert env["PORT"] == "10095"
    assert env["TOKEN"] == {"secretKeyRef": {"name": "qbittorrent-own", "key": "token"}}
    assert container["envFrom"] == [{"secretRef": {"name": "vpn"}}]
    assert template["spec"]["hostNetwork"] is True
    assert template["metadata"]["labels"]["gateway"] == "true"
    assert template["metadata"]["annotations"] == {"k8s.v1.cni.cncf.io/networks": "media/vpn"}


def test_helper_job_runs_only_when_it_is_asked_for() -> None:
    assert {node.to_plain()["kind"] for node in render_truecharts(release("{}"))} == {"Deployment", "Service"}
    objects = [node.to_plain() for node in render_truecharts(release("qbitportforward: {enabled: true}"))]
    runs = [node for node in objects if node["kind"] != "Service"]
    assert [(node["kind"], node["metadata"]["name"]) for node in runs] == [
        ("Deployment", "qbittorrent"),
        ("CronJob", "qbittorrent-qbitportforward"),
    ]


def test_fields_know_their_place() -> None:
    pod = deployment(GLUETUN).get("spec", "template", "spec", "containers", 0, "env")
    assert pod is not None
    places = {item.map["name"].text: item.map["value"].head.line for item in pod.list}
    assert places["VPN_TYPE"] == 9
    assert places["FIREWALL"] == 7
    assert places["FIREWALL_OUTBOUND_SUBNETS"] == 8
    assert places["DNS_KEEP_NAMESERVER"] == 6


def corpus_rows() -> list[dict[str, Any]]:
    if not CORPUS.is_dir():
        return []
    rows = (json.loads(line) for line in (CORPUS / "workloads.jsonl").read_text().splitlines())
    return [
        row for row in rows if row["chart"] == "qbittorrent" and "k8s-at-home" not in str(row["client_image"])
    ]


@needs_corpus
@pytest.mark.parametrize(
    "row", [row for row in corpus_rows() if row["chart_version"]], ids=lambda row: row["repo"]
)
def test_corpus_has_a_vpn_exactly_where_its_label_says(row: dict[str, Any]) -> None:
    labels = (json.loads(line) for line in (CORPUS / "labels.jsonl").read_text().splitlines())
    label = next(label for label in labels if (label["repo"], label["path"]) == (row["repo"], row["path"]))
    path = CORPUS / "repos" / row["repo"].replace("/", "__") / row["path"]
    document = next(parse_documents(path.read_text(), row["path"]))
    assert isinstance(document, Document)
    values = document.root.get("spec", "values")
    assert values is not None
    given = Release("qbittorrent", "media", "qbittorrent", row["chart_version"], values, document.root)
    if row["repo"] == "CrispySteak/HomeLab":
        with pytest.raises(UnknownChart, match="VPN_ENDPOINT_IP"):
            render_truecharts(given)
        return
    found = next(
        node.to_plain() for node in render_truecharts(given) if node.to_plain()["kind"] == "Deployment"
    )
    pod = found["spec"]["template"]["spec"]
    vpn = [container for container in pod["containers"] if "/gluetun:" in container["image"]]
    assert bool(vpn) == (label["egress"] == "sidecar")
    assert all(environment(container)["FIREWALL"] == "on" for container in vpn)


@pytest.mark.parametrize(
    ("values", "strategy"),
    [("{}", "Recreate"), ("workload: {main: {strategy: RollingUpdate}}", "RollingUpdate")],
)
def test_a_deployment_is_recreated_unless_told_otherwise(values: str, strategy: str) -> None:
    assert deployment(values).to_plain()["spec"]["strategy"] == {"type": strategy}
