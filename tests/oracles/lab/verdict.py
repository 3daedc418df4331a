"""From what was seen to a verdict; pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracles.lab.detector import Observation
from tests.oracles.lab.topology import HOME_ADDRESSES
from tests.oracles.lab.windows import BEFORE

TUNNEL, BLOCKED, LEAK = "tunnel", "blocked", "LEAK"


@dataclass(frozen=True)
class Traffic:
    """One kind of traffic: the packets that must not be there, and the contacts it is known by."""

    leaks: tuple[str, ...]
    contacts: tuple[str, ...]
    only_ipv6: bool = False


TRAFFIC = {
    "peers": Traffic(("leak4", "leak6"), ("announce", "peer", "payload")),
    "fetch": Traffic(("leak4", "leak6"), ("web",)),
    "dns": Traffic(("dns",), ("dns",)),
    "dht-names": Traffic(("dns",), ("dns",)),
    "ipv6": Traffic(("leak6",), ("announce", "peer", "payload"), only_ipv6=True),
}


def judge(traffic: Traffic, observation: Observation) -> str:
    """LEAK when one packet or contact came from the home itself.

    Else tunnel when anything came, else blocked.
    """
    addresses = {
        address
        for kind, counts in observation.seen.items()
        if kind in traffic.contacts
        for address in counts
        if ":" in address or not traffic.only_ipv6
    }
    if addresses & HOME_ADDRESSES or any(observation.packets[name] for name in traffic.leaks):
        return LEAK
    return TUNNEL if addresses else BLOCKED


def of_cell(phases: Sequence[tuple[str, str]]) -> str:
    """A scenario's verdict from its phases: LEAK when it leaked at any time, else how it ended.

    What was seen before the event is not of the event.
    """
    verdicts = [verdict for phase, verdict in phases if phase != BEFORE]
    return LEAK if LEAK in verdicts else verdicts[-1]
