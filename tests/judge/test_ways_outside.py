"""A way out that stands outside of the Pod: its cells leak on a condition, and each says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: torrents, {metadata}}}
spec:
  containers:
    - {{name: qbittorrent, image: "ghcr.io/home-operations/qbittorrent:5.1.2"}}
{more}"""
RELEASE = """\
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: vpn-gateway, namespace: vpn}
spec:
  chart: {spec: {chart: pod-gateway}}
  values:
    webhook: {gatewayDefault: true, namespaceSelector: {type: custom, custom: {}}}
    settings: {VPN_BLOCK_OTHER_TRAFFIC: SWITCH}
"""


@pytest.mark.parametrize(
    ("metadata", "more", "condition"),
    [
        (
            'annotations: {k8s.v1.cni.cncf.io/networks: "iot"}',
            "",
            "unless the router of the Pod's own network lets it out through a VPN alone",
        ),
        (
            "labels: {}",
            "    - {name: own, image: example.org/own:1, securityContext: {capabilities: {add: [NET_ADMIN]}}}\n",
            "unless something outside of the Pod leads its traffic into a VPN, and lets nothing past that",
        ),
    ],
)
def test_each_cell_names_what_only_the_user_knows(
    metadata: str, more: str, condition: str, tmp_path: Path
) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(POD.format(metadata=metadata, more=more))
    (workload,) = check([str(file)], RULESET).workloads
    cells = [cell for row in workload.matrix.values() for cell in row.values()]
    assert {(cell.verdict, cell.condition) for cell in cells} == {("LEAK", condition)}


NETWORK = """\
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: iot}
spec:
  config: |
    {"cniVersion": "1.0.0", "name": "iot", "plugins": [
      {"type": "macvlan", "ipam": {"type": "static", "routes": [{"dst": "0.0.0.0/0", "gw": "192.168.90.1"}]}},
      {"type": "sbr"}]}
"""


@pytest.mark.parametrize("more", ["", "  dnsPolicy: None\n  dnsConfig: {nameservers: [10.2.0.1]}\n"])
def test_names_are_asked_past_a_network_that_leaves_the_resolver_to_eth0(more: str, tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    annotations = 'annotations: {k8s.v1.cni.cncf.io/networks: "iot"}'
    file.write_text(POD.format(metadata=annotations, more=more) + NETWORK)
    (workload,) = check([str(file)], RULESET).workloads
    conditions = {name: workload.matrix["steady"][name].condition for name in ("peers", "dns")}
    router = "unless the router of the Pod's own network lets it out through a VPN alone"
    assert conditions == {"peers": router, "dns": router if more else ""}
    assert workload.matrix["steady"]["dns"].verdict == "LEAK"


CILIUM = """\
---
apiVersion: cilium.io/v2
kind: CiliumEgressGatewayPolicy
metadata: {name: vpn}
spec:
  selectors: [{podSelector: {matchLabels: {egress: vpn}}}]
  destinationCIDRs: [0.0.0.0/0]
  egressGateway: {nodeSelector: {matchLabels: {vpn: "true"}}, interface: wg0}
"""


def test_cilium_redirects_a_new_pod_late_and_the_cluster_s_resolver_never(tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(POD.format(metadata="labels: {egress: vpn}", more="") + CILIUM)
    (workload,) = check([str(file)], RULESET).workloads
    guarded = "unless the gateway lets nothing past its VPN"
    start = "unless Cilium redirects the new Pod before qbittorrent sends anything, to a gateway that lets"
    assert workload.matrix["steady"]["peers"].condition == guarded
    assert workload.matrix["start-up"]["peers"].condition == f"{start} nothing past its VPN"
    names = {row["dns"] for row in workload.matrix.values()}
    assert {(cell.verdict, cell.condition) for cell in names} == {("LEAK", "")}


NAMES = "unless the gateway resolves names through its VPN alone"


def cells_behind(text: str, file: Path) -> dict[str, list[tuple[str, str]]]:
    """Return traffic → the verdict and condition of each scenario, the steady one first."""
    file.write_text(text)
    (workload,) = check([str(file)], RULESET).workloads
    rows = [workload.matrix["steady"], *(row for name, row in workload.matrix.items() if name != "steady")]
    return {traffic: [(row[traffic].verdict, row[traffic].condition) for row in rows] for traffic in rows[0]}


def test_a_gateway_that_the_repository_lacks_is_the_users_to_know(tmp_path: Path) -> None:
    found = cells_behind(
        POD.format(metadata='annotations: {setGateway: "true"}', more=""), tmp_path / "a.yaml"
    )
    guarded = ("LEAK", "unless the gateway lets nothing past its VPN")
    assert {traffic: set(cells) for traffic, cells in found.items()} == {
        "peers": {guarded},
        "fetch": {guarded},
        "dns": {("LEAK", NAMES)},
        "ipv6": {guarded},
    }


def test_a_gateway_that_the_repository_holds_is_measured(tmp_path: Path) -> None:
    pod = POD.format(metadata="", more="")
    guarded = cells_behind(pod + RELEASE.replace("SWITCH", "true"), tmp_path / "guarded.yaml")
    assert {verdict for verdict, _ in guarded["peers"]} == {"tunnel", "blocked"}
    assert set(guarded["dns"]) == {("LEAK", "")}
    steady, *later = cells_behind(pod + RELEASE.replace("SWITCH", "false"), tmp_path / "open.yaml")["peers"]
    assert steady == ("LEAK", "unless the gateway's VPN is up and carries all of it")
    assert set(later) == {("LEAK", ""), steady}
