"""Predicted = measured: the matrix of a lab configuration's manifest is what the lab measured.

fixtures/lab holds the manifests; `VPNLINT_UPDATE_GOLDEN=1 pytest tests/judge/test_matrix.py` writes them
anew.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import yaml

from tests import libyaml
from tests.judge.described import manifests, name, why_not
from tests.judge.predictions import EVENTS, FOLDER, compare
from tests.oracles.lab import evidence
from tests.oracles.lab.scenario import load
from tests.shipped import RULESET

CATALOGUE = load()
SCENARIOS = sorted({scenario for scenarios in CATALOGUE.evidence.values() for scenario in scenarios})
# What a tunnel that the lab doesn't have by itself is measured as: after it is gone, or has lost its exit
# node.
MEASURED_AS = {
    "none": ("start-up", "vpn-crash"),
    **dict.fromkeys(
        (
            "not-started",
            "gateway",
            "cilium-for-all-but-names",
            "network",
            "network-for-all-but-names",
            "elsewhere",
        ),
        ("start-up", "vpn-crash"),
    ),
    **dict.fromkeys(
        (
            "tailscale-userspace",
            "tailscale-without-rights",
            "tailscale-without-device",
            "wireguard-without-rights",
        ),
        ("start-up", "steady"),
    ),
    "egress-policy-without-vpn": ("start-up", "vpn-crash"),
    "tailscale-no-exit-node": ("exit-node-unset",),
}
SCENARIO_NAMES = {EVENTS.get(scenario.event, scenario.event) for scenario in SCENARIOS}
# Measured with the real gluetun and no lab of ours (docs/lab.md, "The real Gluetun")
REAL = "measured/"
SURE = {"tunnel", "blocked", "LEAK"}


def described() -> dict[str, list[dict[str, Any]]]:
    """Return the objects of each manifest by the name of its configuration."""
    return {
        name(scenario): manifests(scenario, CATALOGUE.tunnels[scenario.tunnel], CATALOGUE.defences)
        for scenario in SCENARIOS
        if not why_not(scenario)
    }


def test_each_configuration_is_a_fixture() -> None:
    configurations = described()
    if os.environ.get("VPNLINT_UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        for file in FOLDER.iterdir():
            file.unlink()
        for configuration, documents in configurations.items():
            (FOLDER / f"{configuration}.yaml").write_text(yaml.safe_dump_all(documents, sort_keys=False))
    written = {file.stem: list(libyaml.load_all(file.read_text())) for file in FOLDER.iterdir()}
    assert written == configurations


def test_what_is_predicted_is_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    found = compare()
    assert found.equal, "docs/evidence is empty: `make lab` fills it"
    with capsys.disabled():
        print(f"\n{len(found.equal)} cells equal, {len(found.as_safe)} as safe", end="; ")
        print(f"{len(found.conditional)} on a condition, {len(found.unknown)} that vpnlint calls unknown")
        for reason, number in found.outside.items():
            print(f"{number} cells without a prediction: {reason}")
    assert {str(scenario): said for scenario, said in found.wrong.items()} == {}


def seen() -> dict[str, set[tuple[str, str, str]]]:
    """Return evidence → scenario, traffic and verdict; what curl asked the tracker counts as a fetch, too."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for identity, document in evidence.read().items():
        for cell in document["cells"]:
            event = EVENTS.get(cell["event"], cell["event"])
            kinds = {cell["traffic"], "fetch"} if cell["client"] == "curl" else {cell["traffic"]}
            found.setdefault(identity, set()).update((event, kind, cell["verdict"]) for kind in kinds)
    return found


def test_each_row_is_in_the_evidence_that_it_cites() -> None:
    measured = seen()
    if not measured:
        pytest.skip("docs/evidence is empty: `make lab` fills it")
    claims = {
        (part.id, row["evidence"], scenario, kind, row[scenario])
        for part in RULESET.compiled.defences.layers
        for row in part.rows
        if "evidence" in row and not row["evidence"].startswith(REAL)
        for scenario in row.keys() & SCENARIO_NAMES
        for kind in row["traffic"]
    }
    assert claims
    assert [
        claim
        for claim in sorted(claims)
        if not {(event, *claim[3:]) for event in MEASURED_AS.get(claim[0], (claim[2],))}
        & measured.get(claim[1], set())
    ] == []


def test_what_nobody_measured_never_decides() -> None:
    parts = [part for part in RULESET.compiled.defences.layers if part.source.get("when")]
    rows = [row for part in parts for row in part.rows if "evidence" not in row]
    assert rows
    assert [row for row in rows if set(map(str, row.values())) & SURE] == []
