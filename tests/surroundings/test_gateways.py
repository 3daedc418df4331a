"""Tests the egress gateways of Calico, which an annotation on the Pod or its namespace selects."""

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
        (CHOICE, "{}", ["vpn == 'true'"]),
        ("{}", CHOICE, ["vpn == 'true'"]),
        ("{egress.projectcalico.org/egressGatewayPolicy: vpn}", CHOICE, ["vpn"]),
        ("{}", "{}", []),
    ],
)
def test_calicos_gateway_is_chosen_by_annotation(annotations: str, namespace: str, names: list[str]) -> None:
    text = f"{{kind: Namespace, metadata: {{name: downloads, annotations: {namespace}}}}}"
    found = find_gateways(pod(SPEC, annotations=annotations), objects(text), CATALOG)
    assert [gateway["name"] for gateway in found] == names
    assert all((gateway["routes"], gateway["killSwitch"]) == ("yes", "unknown") for gateway in found)
