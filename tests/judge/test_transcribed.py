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
    - {{name: vpn, image: "{image}", securityContext: {{privileged: true}}}}
    - {{name: qbittorrent, image: "ghcr.io/home-operations/qbittorrent:5.1.2"}}
"""
HELD, PAST = ("blocked", ""), ("LEAK", "")
NOT_MEASURED = ("LEAK", "unless the kill switch of vpn, which nobody measured, holds")
RESOLVER = ("LEAK", "if vpn puts a resolver of the tunnel into resolv.conf")


@pytest.mark.parametrize(
    ("image", "peers", "names"),
    [
        ("bubuntux/nordlynx:2024-12-31", HELD, PAST),
        ("jordanpotter/wireguard:2.1", HELD, RESOLVER),
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
        assert cells["peers"].evidence == "lab/transcribed"
