"""A short part of the lab, against what docs/evidence says.

Needs root, a tun device and the Debian programs.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.lab import evidence, isolate, processes, programs
from tests.oracles.lab.reachable import reach
from tests.oracles.lab.scenario import Scenario, load
from tests.oracles.lab.verdict import LEAK

pytestmark = pytest.mark.lab

CATALOGUE = load()


def traces() -> set[str]:
    """What a run could leave on the machine."""
    folders = isolate.WORKSHOP.glob(f"{isolate.PREFIX}*")
    return {*processes.run(None, "ip", "netns", "list").splitlines(), *map(str, folders)}


@pytest.fixture(scope="module")
def before() -> set[str]:
    return traces() if not programs.missing() else set()


@pytest.fixture(scope="module")
def results(before: set[str]) -> dict[Scenario, str]:
    if missing := programs.missing():
        pytest.skip(f"the leak lab lacks {', '.join(missing)}; tests/oracles/lab/install brings the programs")
    scenarios = [*CATALOGUE.controls, *CATALOGUE.short]
    with ThreadPoolExecutor(5) as pool:
        measured = pool.map(lambda run: isolate.measure_run(CATALOGUE, run), CATALOGUE.runs(scenarios))
        return {scenario: result["verdict"] for results in measured for scenario, result in results.items()}


@pytest.mark.parametrize("scenario", CATALOGUE.controls, ids=str)
def test_control(scenario: Scenario, results: dict[Scenario, str]) -> None:
    assert results[scenario] == CATALOGUE.controls[scenario]


@pytest.mark.parametrize("scenario", CATALOGUE.short, ids=str)
def test_measured_again(scenario: Scenario, results: dict[Scenario, str]) -> None:
    kept = evidence.measured()[scenario]
    assert (results[scenario] == LEAK) == (kept == LEAK), f"{results[scenario]}, but the evidence says {kept}"


@pytest.mark.parametrize("name", ["server", "tailscale"])
def test_a_proposed_kill_switch_lets_the_cluster_in_and_nothing_out(
    name: str, results: dict[Scenario, str]
) -> None:
    assert results
    found = isolate.run_alone(reach, name, what=f"kill switch {name}")
    assert found == {"answers": True, "begins": False}


def test_nothing_is_left(before: set[str], results: dict[Scenario, str]) -> None:
    assert results
    assert traces() <= before


def test_a_run_has_no_way_out(results: dict[Scenario, str]) -> None:
    assert results
    assert isolate.run_alone(list_links, what="links") == {"links": [["lo", "DOWN"]]}


def list_links(folder: Path) -> dict[str, Any]:
    """The network devices of a run that has made nothing yet, and whether they are up."""
    lines = processes.run(None, "ip", "-brief", "link").splitlines()
    return {"links": [line.split()[:2] for line in lines]}
