"""Whom names are asked of: the terms of rules/defences.yaml that read addresses, networks and the Pod's
resolv.conf."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import libyaml
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.matrix import Cell

PRIVILEGED = {"privileged": True}
CLIENT = {"name": "transmission", "image": "ghcr.io/home-operations/transmission:4.0.6"}
CLUSTER = "10.42.0.0/16,10.43.0.0/16"
# As the guides for Gluetun with a CoreDNS beside it have it
COREFILE = """
cluster.local:53 {{
  bind 127.0.0.2
  forward . 10.43.0.10
}}
.:53 {{
  bind 127.0.0.2 # not Gluetun's own address
  errors
  cache 30 {{
    success 9984
  }}
  forward . {upstreams} {{
    tls_servername one.example.org
  }}
}}
"""


def names(
    folder: Path, settings: dict[str, str], version: str = "v3.41.3", **spec: object
) -> dict[str, Cell]:
    """Return scenario → the cell of names for a client behind Gluetun with these settings."""
    env = [{"name": name, "value": value} for name, value in settings.items()]
    gluetun = {
        "name": "gluetun",
        "image": f"qmcgaw/gluetun:{version}",
        "env": env,
        "securityContext": PRIVILEGED,
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {"containers": [CLIENT, gluetun], **spec},
    }
    file = folder / "pod.yaml"
    file.write_text(libyaml.dump(pod))
    (workload,) = check([str(folder)], RULESET).workloads
    return {scenario: row["dns"] for scenario, row in workload.matrix.items()}


@pytest.mark.parametrize(
    ("networks", "verdict"),
    [
        ("10.43.0.0/16", "LEAK"),
        ("10.43.0.8/29", "LEAK"),
        ("10.43.0.0/29", "tunnel"),
        ("10.43.0.11/32", "tunnel"),
        ("10.43.0.10/32", "LEAK"),
        ("192.168.1.0/24,10.43.0.0/24", "LEAK"),
        ("", "tunnel"),
    ],
)
def test_a_kept_resolver_leaks_where_a_network_holds_it(networks: str, verdict: str, tmp_path: Path) -> None:
    cells = names(tmp_path, {"DNS_ADDRESS": "10.43.0.10", "FIREWALL_OUTBOUND_SUBNETS": networks})
    held = verdict == "LEAK"
    assert (cells["steady"].verdict, cells["vpn-crash"].verdict) == (
        ("LEAK", "LEAK") if held else ("blocked", "blocked")
    )
    assert cells["steady"].seen_by == ("home" if held else "nobody")


def test_search_domains_go_to_the_cluster_alone_since_gluetun_3_41(tmp_path: Path) -> None:
    settings = {"FIREWALL_OUTBOUND_SUBNETS": CLUSTER}
    cell = names(tmp_path, settings)["steady"]
    assert (cell.verdict, cell.seen_by, cell.condition) == ("LEAK", "cluster", "")
    assert "the cluster's own resolver" in cell.reason
    assert names(tmp_path, settings, "v3.40.4")["steady"].verdict == "tunnel"


def test_what_it_proposes_stops_it(tmp_path: Path) -> None:
    settings = {"FIREWALL_OUTBOUND_SUBNETS": CLUSTER}
    assert "ndots" in names(tmp_path, settings)["steady"].change
    fewer = {"options": [{"name": "ndots", "value": "1"}]}
    assert names(tmp_path, settings, dnsConfig=fewer)["steady"].verdict == "tunnel"


def test_a_pod_that_names_only_127_0_0_1_asks_nobody_before_gluetun(tmp_path: Path) -> None:
    own = {"nameservers": ["127.0.0.1"]}
    assert names(tmp_path, {})["start-up"].verdict == "LEAK"
    cells = names(tmp_path, {"FIREWALL_OUTBOUND_SUBNETS": CLUSTER}, dnsPolicy="None", dnsConfig=own)
    assert (cells["start-up"].verdict, cells["steady"].verdict) == ("blocked", "tunnel")


def test_a_resolver_of_the_pod_that_nobody_can_see_into_is_a_condition(tmp_path: Path) -> None:
    settings = {"DOT": "off", "DNS_ADDRESS": "127.0.0.2", "FIREWALL_OUTBOUND_SUBNETS": CLUSTER}
    cell = names(tmp_path, settings)["steady"]
    assert cell.verdict == "LEAK"
    assert cell.condition.startswith("if the resolver at 127.0.0.x in this Pod passes other names")
    del settings["FIREWALL_OUTBOUND_SUBNETS"]
    assert names(tmp_path, settings)["steady"] == Cell("tunnel", "address", "lab/gluetun-dns")


def test_networks_that_no_manifest_holds_are_a_condition(tmp_path: Path) -> None:
    settings = {"DNS_KEEP_NAMESERVER": "on", "FIREWALL_OUTBOUND_SUBNETS": "${CLUSTER_CIDR}"}
    cell = names(tmp_path, settings)["steady"]
    assert cell.verdict == "LEAK"
    assert "keeps the cluster's resolver and FIREWALL_OUTBOUND_SUBNETS holds its address" in cell.condition


@pytest.mark.parametrize(
    ("upstreams", "networks", "verdict", "condition"),
    [
        ("tls://1.1.1.1 tls://1.0.0.1", CLUSTER, "tunnel", ""),
        ("10.43.0.10", CLUSTER, "LEAK", ""),
        ("1.1.1.1 10.43.0.10:53", CLUSTER, "LEAK", ""),
        ("192.168.1.1", CLUSTER, "tunnel", ""),
        ("192.168.1.1", "${NETWORKS}", "LEAK", "if the resolver at 127.0.0.x in this Pod passes"),
        ("/etc/resolv.conf", CLUSTER, "LEAK", "if the resolver at 127.0.0.x in this Pod passes"),
    ],
)
def test_a_corefile_says_whom_the_resolver_of_the_pod_asks(
    upstreams: str, networks: str, verdict: str, condition: str, tmp_path: Path
) -> None:
    corefile = COREFILE.format(upstreams=upstreams)
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "coredns"},
        "data": {"Corefile": corefile},
    }
    (tmp_path / "config.yaml").write_text(libyaml.dump(config))
    sidecar = {
        "name": "coredns",
        "image": "docker.io/coredns/coredns:1.12.0",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "restartPolicy": "Always",
        "volumeMounts": [{"name": "coredns", "mountPath": "/etc/coredns/Corefile", "subPath": "Corefile"}],
    }
    volume = {"name": "coredns", "configMap": {"name": "coredns"}}
    settings = {"DNS_ADDRESS": "127.0.0.2", "FIREWALL_OUTBOUND_SUBNETS": networks}
    cell = names(tmp_path, settings, initContainers=[sidecar], volumes=[volume])["steady"]
    assert (cell.verdict, cell.condition[: len(condition)]) == (verdict, condition)
    assert bool(cell.condition) == bool(condition)
