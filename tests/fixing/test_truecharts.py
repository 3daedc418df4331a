"""What a rule changes in the Pod, in the values of TrueCharts' charts."""

from __future__ import annotations

import pytest

from tests.fixing.mending import Mender
from tests.fixing.shapes import written

RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: qbittorrent}
spec:
  chart: {spec: {chart: qbittorrent, version: 23.5.1, sourceRef: {kind: HelmRepository, name: truecharts}}}
  values:
    workload:
      main:
        podSpec:
          containers:
            main:
              env: {QBT_WEBUI_PORT: 10095}
    addons:
      gluetun:
        enabled: true
        container:
          env:
            VPN_TYPE: openvpn
            FIREWALL: "on"
"""
DEVICE = """\
    persistence:
      tun:
        enabled: true
        type: hostPath
        hostPath: /dev/net/tun
        hostPathType: CharDevice
        targetSelector:
          main:
            gluetun:
              mountPath: /dev/net/tun
"""
WORKLOAD = RELEASE[RELEASE.index("    workload:\n") : RELEASE.index("    addons:\n")]


@pytest.mark.parametrize("text", [RELEASE, RELEASE.replace(WORKLOAD, "")], ids=["with", "without"])
def test_an_addon_gets_the_device_by_persistence(text: str, mender: Mender) -> None:
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-tun-device")
    assert outcome.texts == {"a.yaml": text + DEVICE}, outcome.unfixed


def test_a_container_of_a_workload_gets_the_device_by_persistence(mender: Mender) -> None:
    vpn = (
        "            vpn:\n              enabled: true\n              imageSelector: vpnImage\n"
        "              env: {VPN_TYPE: openvpn}\n"
    )
    text = RELEASE[: RELEASE.index("    addons:\n")] + vpn
    text = text.replace(
        "  values:\n", "  values:\n    vpnImage: {repository: ghcr.io/qdm12/gluetun, tag: v3.41.1}\n"
    )
    text += "    persistence:\n      downloads: {enabled: false}\n"
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-tun-device")
    device = DEVICE.replace("    persistence:\n", "").replace("gluetun:", "vpn:")
    assert outcome.texts == {"a.yaml": text + device}, outcome.unfixed


def test_workloads_that_an_addon_names_are_left_to_a_person(mender: Mender) -> None:
    text = RELEASE.replace(
        "        enabled: true\n", "        enabled: true\n        targetSelector: [main]\n"
    )
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-tun-device")
    assert outcome.texts == {}
    assert [item.reason for item in outcome.unfixed] == [
        "the addon gluetun names the workloads that it is added to"
    ]


def test_no_addon_becomes_a_native_sidecar(mender: Mender) -> None:
    written({"a.yaml": RELEASE})
    outcome = mender.mend(lambda finding: finding.rule == "client-before-vpn")
    assert outcome.texts == {}
    assert [item.reason for item in outcome.unfixed] == [
        "TrueCharts makes no native sidecar of its VPN, so nothing waits for a probe of it"
    ]
