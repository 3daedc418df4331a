"""Predicted = measured: vpnlint's matrix of the manifest that describes a configuration is what the lab measured.

fixtures/lab holds the manifests; `VPNLINT_UPDATE_GOLDEN=1 pytest tests/test_matrix.py` writes them anew.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml
from described import manifest, name, why_not
from lab import evidence
from lab.scenario import Scenario, load

from vpnlint.check import check
from vpnlint.finding import Cell
from vpnlint.ruleset import load as load_rules

FOLDER = Path(__file__).parents[1] / "fixtures" / "lab"
CATALOGUE = load()
SCENARIOS = sorted({scenario for scenarios in CATALOGUE.evidence.values() for scenario in scenarios})
# The lab's events in which Tailscale stops using its exit node are one scenario of the matrix, as are its two starts.
EVENTS = {"vpn-down": "exit-node-unset", "vpn-logout": "exit-node-unset", "start-together": "start-up"}
# A cell on which they differ, with the reason.
DIFFER: dict[str, str] = {}


def described() -> dict[str, str]:
    """Return the text of each manifest by the name of its configuration."""
    found = {}
    for scenario in SCENARIOS:
        if not why_not(scenario):
            pod = manifest(scenario, CATALOGUE.tunnels[scenario.tunnel], CATALOGUE.defences)
            found[name(scenario)] = yaml.safe_dump(pod, sort_keys=False)
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
def matrices() -> dict[str, dict[str, dict[str, Cell]]]:
    """Return the matrix that vpnlint predicts for each configuration."""
    result = check([str(FOLDER)], load_rules())
    assert result.problems == ()
    return {Path(workload.file).stem: workload.matrix for workload in result.workloads}


def predicted(scenario: Scenario) -> str:
    cells = matrices()[name(scenario)].get(EVENTS.get(scenario.event, scenario.event), {})
    return cells[scenario.traffic].verdict if scenario.traffic in cells else "unknown"


def agree(scenario: Scenario, verdict: str, measured: str) -> bool:
    """Tell whether they are equal; whether a client comes back to a tunnel that does varies from run to run (docs/lab.md)."""
    comes_back = scenario.event in ("start-up", "start-together", "vpn-restart") and "LEAK" not in (
        verdict,
        measured,
    )
    return verdict == measured or comes_back


def test_what_is_predicted_is_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    measured = evidence.measured()
    if not measured:
        pytest.skip("docs/evidence is empty: `make lab` fills it")
    outside = Counter(reason for scenario in measured if (reason := why_not(scenario)))
    cells = {scenario: verdict for scenario, verdict in measured.items() if not why_not(scenario)}
    unknown = [scenario for scenario in cells if predicted(scenario) == "unknown"]
    wrong = {
        str(scenario): f"predicted {predicted(scenario)}, measured {verdict}"
        for scenario, verdict in cells.items()
        if scenario not in unknown and not agree(scenario, predicted(scenario), verdict)
    }
    with capsys.disabled():
        equal = sum(predicted(scenario) == verdict for scenario, verdict in cells.items())
        print(
            f"\n{len(cells) - len(unknown)} cells compared, {equal} equal, {len(unknown)} that vpnlint calls unknown"
        )
        for reason, number in outside.items():
            print(f"{number} cells without a prediction: {reason}")
    assert {cell: text for cell, text in wrong.items() if cell not in DIFFER} == {}
    assert DIFFER.keys() <= wrong.keys()


def test_each_row_cites_evidence_of_the_lab() -> None:
    rows = [row for part in load_rules().programs.defences.parts for row in part.rows]
    cited = {row["evidence"] for row in rows if "evidence" in row}
    assert cited - CATALOGUE.evidence.keys() == set()
    assert [row for row in rows if "evidence" not in row and "LEAK" in row.values()] == []
