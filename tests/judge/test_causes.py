"""What many proxies of one ProxyClass share is one finding, at the ProxyClass."""

from __future__ import annotations

from pathlib import Path

from tests.shipped import RULESET
from vpnlint.check import check

OBJECTS = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: tailscale-operator, namespace: network}
spec:
  chart: {spec: {chart: tailscale-operator, version: 1.102.3, sourceRef: {kind: HelmRepository, name: tailscale}}}
---
apiVersion: tailscale.com/v1alpha1
kind: ProxyClass
metadata: {name: tun}
spec:
  statefulSet:
    pod:
      tailscaleContainer:
        env: [{name: TS_DEBUG_FIREWALL_MODE, value: nft}]
        resources: {limits: {smarter-devices/net_tun: "1"}}
        securityContext: {capabilities: {add: [NET_ADMIN]}}
---
apiVersion: tailscale.com/v1alpha1
kind: Connector
metadata: {name: one}
spec: {exitNode: true, proxyClass: tun}
---
apiVersion: tailscale.com/v1alpha1
kind: Connector
metadata: {name: two}
spec: {exitNode: true, proxyClass: tun}
---
apiVersion: v1
kind: Pod
metadata: {name: qbittorrent, namespace: media}
spec:
  containers: [{name: qbittorrent, image: "ghcr.io/home-operations/qbittorrent:5.2.3"}]
"""


def test_two_proxies_of_one_class_are_one_finding(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(OBJECTS, encoding="utf-8")
    found = [one for one in check([str(tmp_path)], RULESET).findings if one.rule == "unknown-firewall-mode"]
    assert [(one.span.line, one.workload) for one in found] == [(14, "Connector one")]


def test_two_proxies_with_a_cause_of_their_own_are_two(tmp_path: Path) -> None:
    text = OBJECTS.replace("spec: {exitNode: true, proxyClass: tun}", "spec: {exitNode: true}")
    (tmp_path / "all.yaml").write_text(text, encoding="utf-8")
    found = [one for one in check([str(tmp_path)], RULESET).findings if one.rule == "over-privileged-vpn"]
    assert [one.workload for one in found] == ["Connector one", "Connector two"]
    assert all("ProxyClass that the Connector" in one.help for one in found)
