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
        ('annotations: {setGateway: "true"}', "", "unless the gateway lets nothing past its VPN"),
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


def test_a_gateway_that_the_repository_holds_unguarded_certainly_leaks(tmp_path: Path) -> None:
    found = {}
    for switch in ("true", "false"):
        file = tmp_path / f"{switch}.yaml"
        file.write_text(POD.format(metadata="", more="") + RELEASE.replace("SWITCH", switch))
        (workload,) = check([str(file)], RULESET).workloads
        found[switch] = {name: row["peers"].condition for name, row in workload.matrix.items()}
    guarded = "unless the gateway lets nothing past its VPN"
    assert set(found["true"].values()) == {guarded}
    assert found["false"] == {
        "steady": "unless the gateway's VPN is up and carries all of it",
        **dict.fromkeys(("start-up", "vpn-crash", "peer-unreachable"), ""),
    }
