"""What keeps a client inside the tunnel, added where nothing does: a binding, a switch, an init container."""

from __future__ import annotations

import pytest

from tests.fixing.mending import Mender
from tests.fixing.shapes import RELEASE, SWITCH, written

BINDS = (
    RELEASE.replace("lscr.io/linuxserver/transmission, tag: 4.0.6", "ghcr.io/onedr0p/qbittorrent, tag: 4.6.7")
    .replace("ghcr.io/qdm12/gluetun, tag: v3.41.1", "lscr.io/linuxserver/wireguard, tag: 1.0.20250521")
    .replace(f"              {SWITCH}: off\n", "")
)


def test_a_client_is_bound_by_the_variable_that_its_image_reads(mender: Mender) -> None:
    written({"a.yaml": BINDS})
    outcome = mender.mend(lambda finding: finding.rule == "unbound-interface")
    made = BINDS + "            env:\n              QBT_BitTorrent__Session__Interface: wg0\n"
    assert outcome.texts == {"a.yaml": made}, outcome.unfixed
    newer = BINDS.replace("4.6.7", "5.0.0")
    written({"a.yaml": newer})
    again = Mender(mender.ruleset)
    assert again.mend(lambda finding: finding.rule == "unbound-interface").texts == {}
    assert "unbound-interface" in {finding.rule for finding in again.judge({}).findings}


def test_a_kill_switch_is_put_before_wireguard(mender: Mender) -> None:
    text = BINDS.replace("          gluetun:\n", "          # The VPN.\n          gluetun:\n")
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    made = outcome.texts["a.yaml"]
    above, below = text.split("          # The VPN.\n")
    assert made.startswith(f"{above}          kill-switch:\n            image:\n")
    assert made.endswith(f"          # The VPN.\n{below}")
    assert "meta mark 0xca6c accept" in made
    assert "missing-kill-switch" not in {finding.rule for finding in outcome.result.findings}


@pytest.mark.parametrize(
    ("image", "tag", "settings", "added"),
    [
        ("dperson/openvpn-client", "latest", "", 'FIREWALL: "on"'),
        (
            "ghcr.io/k8s-at-home/wireguard",
            "v1.0.20210914",
            'KILLSWITCH: "true"',
            'KILLSWITCH_EXCLUDEDNETWORKS_IPV4: "10.0.0.0/8;172.16.0.0/12;192.168.0.0/16"',
        ),
    ],
)
def test_the_switch_that_an_image_has_is_set(
    image: str, tag: str, settings: str, added: str, mender: Mender
) -> None:
    text = BINDS.replace("lscr.io/linuxserver/wireguard, tag: 1.0.20250521", f"{image}, tag: {tag}").replace(
        "              VPN_TYPE: openvpn\n",
        "              TZ: UTC\n" + (f"              {settings}\n" if settings else ""),
    )
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    last = f"              {settings or 'TZ: UTC'}\n"
    assert outcome.texts == {"a.yaml": text.replace(last, f"{last}              {added}\n")}, outcome.unfixed
