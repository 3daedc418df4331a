"""The list of scenarios: what shares a run, and what ten days' samples cover."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracles.lab.__main__ import SAMPLES, sample
from tests.oracles.lab.events import LIFE
from tests.oracles.lab.scenario import Scenario, expand_tunnels, load

CATALOGUE = load()
SCENARIOS = sorted({scenario for scenarios in CATALOGUE.evidence.values() for scenario in scenarios})


def test_ten_samples_cover_all_and_share_none() -> None:
    samples = [sample(CATALOGUE, SCENARIOS, number) for number in range(3, 3 + SAMPLES)]
    assert sorted(scenario for chosen in samples for scenario in chosen) == SCENARIOS
    assert all(samples)


def test_only_a_client_that_remembers_nothing_shares_its_run() -> None:
    for run in CATALOGUE.runs(SCENARIOS):
        assert len(run) == 1 or CATALOGUE.clients[run[0].client]["shares"]
        assert {replace(scenario, event="") for scenario in run} == {replace(run[0], event="")}
        assert len(run) == 1 or {scenario.event for scenario in run} <= set(LIFE)


def test_a_name_with_options_stands_for_one_tunnel_each() -> None:
    recipes = {"a-{x}-{y}": {"kind": "k", "x": ["1", "2"], "y": "only", "z": [3]}}
    assert expand_tunnels(recipes) == {
        "a-1-only": {"kind": "k", "x": "1", "y": "only", "z": [3]},
        "a-2-only": {"kind": "k", "x": "2", "y": "only", "z": [3]},
    }


@pytest.mark.parametrize("tunnel", ["gluetun-v3.41.3-keep-cluster-on", "gluetun-ipv6-off"])
def test_the_captured_tunnels_are_there(tunnel: str) -> None:
    assert CATALOGUE.tunnels[tunnel]["kind"] == "gluetun-captured"


def test_a_scenario_says_where_the_pod_stands() -> None:
    assert str(Scenario("wireguard", "none", "names", "steady", "dns", "cluster")).endswith(
        "(cluster address)"
    )
