"""The leak matrix: what happens to each kind of traffic in each scenario, and what holds it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias


class Cell(NamedTuple):
    """One cell of the leak matrix.

    verdict is `tunnel`, `blocked`, `LEAK`, `outside` or `unknown`. reason is what holds the traffic (the id
    of a defence or tunnel in rules/defences.yaml), or a sentence that says why it leaks or is unknown.
    evidence names the lab's measurement, empty if nobody measured. change says what would stop a LEAK, empty
    if nothing that was measured would. If the verdict rests on something that only the user knows, it is the
    worst possible one and condition says when it holds: `unless qbittorrent is bound to tun0`, `if …`.
    seen_by says who sees names that are looked up outside the tunnel or in vain: `home` (the home's or its
    provider's resolver), `cluster` (only the cluster's resolver), `nobody` (no resolver answers); it is empty
    otherwise. settled_by says what in the repository settles whether Pods have IPv6 addresses, with file and
    line, where a cell is about IPv6 and the repository says so.
    """

    verdict: str
    reason: str = ""
    evidence: str = ""
    change: str = ""
    condition: str = ""
    seen_by: str = ""
    settled_by: str = ""


# By scenario and traffic.
Matrix: TypeAlias = Mapping[str, Mapping[str, Cell]]


class Guard(NamedTuple):
    """A defence around a client: its id in rules/defences.yaml, and whether it is certainly in force.

    blocks maps traffic → the scenarios in which it stops that traffic.
    """

    id: str
    certain: bool
    blocks: dict[str, tuple[str, ...]]


class Route(NamedTuple):
    """The way of one client's packets: the client, the interfaces, and what stands in the way.

    client, vpn and interface are names from this Pod: the container or program, the VPN's container, and the
    tunnel's interface. vpn and interface are empty if there is none. tunnels are the ids of the tunnels that
    the client may be behind, the likeliest first. matrix is that of this client alone.
    """

    client: str
    vpn: str
    interface: str
    tunnels: tuple[str, ...]
    guards: tuple[Guard, ...]
    matrix: Matrix = MappingProxyType({})
