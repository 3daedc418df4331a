"""Tests the egress gateways of Calico and Cilium that may carry a Pod's traffic."""

from __future__ import annotations

import pytest

from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.gateways import find_gateways

CATALOG = RULESET.catalog
SPEC = "{containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}"
CHOICE = "{egress.projectcalico.org/selector: vpn == 'true'}"


@pytest.mark.parametrize(
    ("annotations", "namespace", "names"),
    [
        (CHOICE, "{}", []),
        ("{}", CHOICE, ["vpn == 'true'"]),
        ("{}", "{egress.projectcalico.org/egressGatewayPolicy: vpn}", ["vpn"]),
        ("{egress.projectcalico.org/egressGatewayPolicy: vpn}", CHOICE, []),
        ("{}", "{}", []),
    ],
)
def test_calicos_gateway_is_the_namespaces_choice_unless_the_pod_has_its_own(
    annotations: str, namespace: str, names: list[str]
) -> None:
    """The Pod's own is in sight of the view."""
    text = f"{{kind: Namespace, metadata: {{name: downloads, annotations: {namespace}}}}}"
    found = find_gateways(pod(SPEC, annotations=annotations), objects(text), CATALOG)
    assert [gateway["name"] for gateway in found] == names
    assert all((gateway["routes"], gateway["killSwitch"]) == ("yes", "unknown") for gateway in found)


@pytest.mark.parametrize(
    ("excluded", "routes"),
    [
        ("", ["yes"]),
        ("10.0.0.0/8, 192.168.0.0/16, 185.65.135.1/32", ["yes"]),
        ("128.0.0.0/1", ["unknown"]),
        ("'${PUBLIC}'", ["unknown"]),
        ("0.0.0.0/0", []),
    ],
)
def test_what_ciliums_policy_excludes_goes_past_its_gateway(excluded: str, routes: list[str]) -> None:
    policy = f"""
    apiVersion: cilium.io/v2
    kind: CiliumEgressGatewayPolicy
    metadata: {{name: vpn}}
    spec:
      selectors: [{{podSelector: {{matchLabels: {{app: torrents}}}}}}]
      destinationCIDRs: [0.0.0.0/0]
      excludedCIDRs: [{excluded}]
      egressGateway: {{nodeSelector: {{matchLabels: {{vpn: "true"}}}}, interface: wg0}}
    """
    found = find_gateways(pod(SPEC), objects(policy), CATALOG)
    assert [gateway["routes"] for gateway in found] == routes
