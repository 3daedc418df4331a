"""Images whose firewall the lab transcribed from their sources: what their matrix rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: torrents}}
spec:
  containers:
    - name: vpn
      image: "{image}"
      securityContext: {{privileged: true}}
      env:
        - {{name: KILL_SWITCH, value: "true"}}
        - {{name: KILLSWITCH, value: "true"}}
        - {{name: KILLSWITCH_EXCLUDEDNETWORKS_IPV4, value: "10.0.0.0/8;192.168.0.0/16"}}
    - {{name: qbittorrent, image: "ghcr.io/home-operations/qbittorrent:5.1.2"}}
"""
HELD, PAST = ("blocked", ""), ("LEAK", "")
NOT_MEASURED = ("LEAK", "unless the kill switch of vpn, which nobody measured, holds")
EXCLUDED = ("LEAK", "")


@pytest.mark.parametrize(
    ("image", "peers", "names"),
    [
        ("bubuntux/nordlynx:2024-12-31", HELD, PAST),
        ("jordanpotter/wireguard:2.1", HELD, HELD),
        ("ghcr.io/tprasadtp/protonwire:7.5.3", HELD, HELD),
        ("ghcr.io/k8s-at-home/wireguard:v1.0.20210914", HELD, EXCLUDED),
        # They let HTTPS out, which a tracker may be asked by: the lab's tracker is asked by HTTP.
        ("bubuntux/nordvpn:3.17", NOT_MEASURED, PAST),
        ("azinchen/nordvpn:4.0.0", NOT_MEASURED, PAST),
        ("azinchen/nordvpn:4.1.0", NOT_MEASURED, NOT_MEASURED),
    ],
)
def test_a_killed_vpn(image: str, peers: tuple[str, str], names: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(POD.format(image=image))
    (workload,) = check([str(file)], RULESET).workloads
    cells = workload.matrix["vpn-crash"]
    found = [(cells[traffic].verdict, cells[traffic].condition) for traffic in ("peers", "dns")]
    assert found == [peers, names]
    if peers == HELD:
        assert cells["peers"].evidence == ("lab/protonwire" if "protonwire" in image else "lab/transcribed")


@pytest.mark.parametrize("version", ["5.1.3", "5.1.4"])
def test_both_bases_of_hotio_hold(version: str, tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    client = f"name: qbittorrent, image: ghcr.io/hotio/qbittorrent:release-{version}"
    switch = 'env: [{name: VPN_ENABLED, value: "true"}]'
    head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
    file.write_text(f"{head}    - {{{client}, {switch}}}\n")
    (workload,) = check([str(file)], RULESET).workloads
    cells = workload.matrix["vpn-stop"]
    assert {(cell.verdict, cell.condition) for cell in cells.values()} <= {("tunnel", ""), HELD}
    # What wg-quick's routes give back when it is started again, a default route that was moved does not.
    assert cells["peers"].verdict == ("tunnel" if version == "5.1.3" else "blocked")
