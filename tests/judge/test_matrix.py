"""Predicted = measured: vpnlint's matrix of the manifest that describes a configuration is what the lab measured.

fixtures/lab holds the manifests; `VPNLINT_UPDATE_GOLDEN=1 pytest tests/judge/test_matrix.py` writes them anew.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.checkout import FIXTURES
from tests.judge.described import manifests, name, why_not
from tests.oracles.lab import evidence
from tests.oracles.lab.events import EVENTS as LAB_EVENTS
from tests.oracles.lab.scenario import Scenario, load
from vpnlint.check import applied
from vpnlint.finding import Cell
from vpnlint.gitops.objects import Objects
from vpnlint.judge.judge import judge
from vpnlint.ruleset.ruleset import Ruleset
from vpnlint.ruleset.ruleset import load as load_rules
from vpnlint.workloads.workload import Workload

FOLDER = FIXTURES / "lab"
CATALOGUE = load()
SCENARIOS = sorted({scenario for scenarios in CATALOGUE.evidence.values() for scenario in scenarios})
# Several of the lab's events are one scenario of the matrix: whatever makes Tailscale stop using its exit node, every order
# of starts; a client that comes back finds what one that stayed would have found.
EVENTS = {
    **dict.fromkeys(("vpn-down", "vpn-logout"), "exit-node-unset"),
    **dict.fromkeys((event for event in LAB_EVENTS if event.startswith("client-first-")), "start-up"),
    **dict.fromkeys(("start-together", "sidecar-started", "after-probe"), "start-up"),
    "client-restart": "steady",
    "client-restart-without-vpn": "vpn-crash",
    "both-restart": "vpn-restart",
}
# What a tunnel that the lab doesn't have by itself is measured as: after it is gone, or has lost its exit node.
MEASURED_AS = {
    "none": ("start-up", "vpn-crash"),
    "not-started": ("start-up", "vpn-crash"),
    "tailscale-no-exit-node": ("exit-node-unset",),
}
SCENARIO_NAMES = {EVENTS.get(scenario.event, scenario.event) for scenario in SCENARIOS}
# Measured with the real gluetun and no lab of ours (docs/lab.md, "The real Gluetun")
REAL = "measured/"
SURE = {"tunnel", "blocked", "LEAK"}


def described() -> dict[str, str]:
    """Return the text of each manifest by the name of its configuration."""
    found = {}
    for scenario in SCENARIOS:
        if not why_not(scenario):
            documents = manifests(scenario, CATALOGUE.tunnels[scenario.tunnel], CATALOGUE.defences)
            found[name(scenario)] = yaml.safe_dump_all(documents, sort_keys=False)
    return found


def test_each_configuration_is_a_fixture() -> None:
    texts = described()
    if os.environ.get("VPNLINT_UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        for file in FOLDER.iterdir():
            file.unlink()
        for configuration, text in texts.items():
            (FOLDER / f"{configuration}.yaml").write_text(text)
    assert {file.stem: file.read_text() for file in FOLDER.iterdir()} == texts


@cache
def ruleset() -> Ruleset:
    return load_rules()


@cache
def workloads() -> dict[str, tuple[Workload, Objects]]:
    """Return each configuration as vpnlint reads it, with what is applied beside its Pod."""
    found, problems = applied([str(FOLDER)])
    assert problems == ()
    return {Path(workload.source.file).stem: (workload, objects) for workload, objects in found}


@cache
def matrix(scenario: Scenario) -> dict[str, dict[str, Cell]]:
    """Return the matrix that vpnlint predicts for the scenario's configuration in its surroundings."""
    workload, objects = workloads()[name(scenario)]
    verdict = judge(workload, ruleset(), objects)
    assert verdict.problems == []
    assert verdict.judged is not None
    return verdict.judged.matrix


def predicted(scenario: Scenario) -> Cell:
    """Return the cell that vpnlint gives the scenario; one it does not have is unknown."""
    cells = matrix(scenario).get(EVENTS.get(scenario.event, scenario.event), {})
    return cells.get(scenario.traffic, Cell("unknown"))


def agree(scenario: Scenario, verdict: str, measured: str) -> bool:
    """Tell whether they are equal; whether a client comes back to a tunnel that does varies from run to run (docs/lab.md)."""
    again = (
        EVENTS.get(scenario.event, scenario.event) in ("start-up", "vpn-restart", "vpn-stop")
        or scenario.event == "client-restart"
    )
    return verdict == measured or (again and "LEAK" not in (verdict, measured))


def compared() -> dict[Scenario, str]:
    """Return what was measured; how far ahead a client is, is in no manifest, so of a ladder of head starts the worst counts."""
    found: dict[Scenario, str] = {}
    for scenario, verdict in evidence.measured().items():
        ladder = scenario.event.startswith("client-first-")
        rung = replace(scenario, event="start-up") if ladder else scenario
        found[rung] = "LEAK" if "LEAK" in (verdict, found.get(rung)) else verdict
    return found


def test_what_is_predicted_is_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    measured = compared()
    if not measured:
        pytest.skip("docs/evidence is empty: `make lab` fills it")
    outside = Counter(reason for scenario in measured if (reason := why_not(scenario)))
    cells = {scenario: verdict for scenario, verdict in measured.items() if not why_not(scenario)}
    told = {scenario: predicted(scenario) for scenario in cells}
    # What decides is in no manifest: the user knows it, and the cell names it.
    conditional = [scenario for scenario, cell in told.items() if cell.condition]
    unknown = [scenario for scenario, cell in told.items() if cell.verdict == "unknown"]
    wrong = {
        str(scenario): f"predicted {told[scenario].verdict}, measured {verdict}"
        for scenario, verdict in cells.items()
        if scenario not in (*unknown, *conditional) and not agree(scenario, told[scenario].verdict, verdict)
    }
    with capsys.disabled():
        equal = sum(told[scenario].verdict == verdict for scenario, verdict in cells.items())
        compared_cells = len(cells) - len(unknown) - len(conditional)
        print(f"\n{compared_cells} cells compared, {equal} equal", end="; ")
        print(f"{len(conditional)} on a condition, {len(unknown)} that vpnlint calls unknown")
        for reason, number in outside.items():
            print(f"{number} cells without a prediction: {reason}")
    assert wrong == {}


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
        for part in ruleset().compiled.defences.parts
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
    parts = [part for part in ruleset().compiled.defences.parts if part.source.get("when")]
    rows = [row for part in parts for row in part.rows if "evidence" not in row]
    assert rows
    assert [row for row in rows if set(map(str, row.values())) & SURE] == []
