"""The verdict's rules, on observations made up for them."""

from __future__ import annotations

import pytest

from tests.oracles.lab.detector import CLASSES, Observation, Sightings
from tests.oracles.lab.topology import HOME, HOME6, PRIVATE_HOME, VPN
from tests.oracles.lab.verdict import BLOCKED, LEAK, TRAFFIC, TUNNEL, judge, of_cell
from tests.oracles.lab.windows import BEFORE


def observed(seen: Sightings | None = None, **packets: int) -> Observation:
    return Observation({name: packets.get(name, 0) for name in CLASSES}, seen or {})


@pytest.mark.parametrize(
    ("traffic", "observation", "verdict"),
    [
        ("peers", observed(), BLOCKED),
        ("peers", observed({"announce": {VPN: 1}}, tunnel=9), TUNNEL),
        ("peers", observed({"announce": {VPN: 1}}, leak4=1), LEAK),
        ("peers", observed({"payload": {HOME: 1}}), LEAK),
        ("peers", observed({"web": {HOME: 1}}), BLOCKED),
        ("fetch", observed({"web": {HOME: 1}}), LEAK),
        ("fetch", observed({"announce": {HOME: 1}}), BLOCKED),
        ("dns", observed({"dns": {PRIVATE_HOME: 1}}), LEAK),
        ("dns", observed({"announce": {HOME: 1}}, leak4=5), BLOCKED),
        ("dns", observed({"dns": {VPN: 1}}), TUNNEL),
        ("ipv6", observed({"announce": {HOME: 1}}, leak4=5), BLOCKED),
        ("ipv6", observed({"announce": {HOME6: 1}}), LEAK),
        ("ipv6", observed(leak6=1), LEAK),
    ],
)
def test_judge(traffic: str, observation: Observation, verdict: str) -> None:
    assert judge(TRAFFIC[traffic], observation) == verdict


def test_one_leak_makes_the_cell_a_leak() -> None:
    assert of_cell([("down", LEAK), ("up again", TUNNEL)]) == LEAK
    assert of_cell([("down", BLOCKED), ("up again", TUNNEL)]) == TUNNEL
    assert of_cell([("down", TUNNEL), ("up again", BLOCKED)]) == BLOCKED


def test_what_leaked_before_the_event_is_not_of_the_event() -> None:
    assert of_cell([(BEFORE, LEAK), ("down", BLOCKED)]) == BLOCKED
