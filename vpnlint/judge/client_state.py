"""The state of one client: what it sends, and the tunnels and defences in force around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from vpnlint.ruleset.defences import Defences, Layer, Situation

# How certainly a layer is in force; 0 stands for "not at all".
PERHAPS, CERTAIN = 1, 2
_FITS = 4
_THE_VPN, _THE_INTERFACE = "the VPN", "the tunnel's interface"
# A dual-stack repository may say so in dozens of Services.
_MOST_PLACES = 2


class ClientState(NamedTuple):
    """One client and the layers around it.

    sends, program: what the client sends and runs. status: layer → how certainly it is in force. fits: the
    layers that could be added to its Pod. words: the names that texts use for the client, its VPN, the
    tunnel's interface and the declared egress. families: what gives Pods their addresses, for reports.
    """

    defences: Defences
    sends: str
    program: str
    status: Mapping[str, int]
    fits: frozenset[str]
    words: Mapping[str, str]
    families: str

    @property
    def vpn(self) -> str:
        """The name of the VPN's container; empty if there is none."""
        return "" if self.words["vpn"] == _THE_VPN else self.words["vpn"]

    @property
    def interface(self) -> str:
        """The name of the tunnel's interface; empty if it is unknown."""
        return "" if self.words["interface"] == _THE_INTERFACE else self.words["interface"]

    def make_situation(self, tunnel: str, resolver: str = "") -> Situation:
        """Return the situation that a measurement must fit to count for the client."""
        return Situation(tunnel, resolver, self.sends, self.program)

    def fill_names(self, text: str) -> str:
        """Return a text of the defences with the names of this Pod."""
        for name, word in self.words.items():
            text = text.replace(f"{{{name}}}", word)
        return text


def read_client_state(
    pod: Mapping[str, Any],
    client: Mapping[str, Any],
    status: Sequence[int],
    answers: Mapping[str, int],
    defences: Defences,
) -> ClientState:
    """Return the state of a client in a Pod of the view.

    status: the numbers that Defences.compile_statuses describes. answers: rule → its answer about the Pod
    (2: deny, 1: doubt).
    """
    vpn: Mapping[str, Any] = next(iter(pod["vpns"]), {})
    layers = [*zip(defences.layers, status, strict=True)]
    return ClientState(
        defences,
        client["traffic"],
        client["program"],
        {
            layer.id: answers.get(layer.rule, 0) if layer.rule else value & (PERHAPS | CERTAIN)
            for layer, value in layers
        },
        frozenset(layer.id for layer, value in layers if value & _FITS),
        {
            "client": client["name"] if client["program"] in client["name"] else client["program"],
            "vpn": vpn.get("name", _THE_VPN) if vpn.get("role") == "vpn" else _THE_VPN,
            "interface": next(iter(vpn.get("interfaces", [])), _THE_INTERFACE),
            "declared": next((entry["summary"] for entry in pod["around"]["outside"]), ""),
        },
        _describe_families(pod["around"]["families"]),
    )


def list_candidates(layers: Sequence[Layer], status: Mapping[str, int]) -> list[Layer]:
    """Return the layers that may be the first in force: those up to the first certain one."""
    candidates = []
    for layer in layers:
        if status[layer.id]:
            candidates.append(layer)
        if status[layer.id] == CERTAIN:
            break
    return candidates


def _describe_families(families: Sequence[Mapping[str, Any]]) -> str:
    """Return what gives Pods their addresses, and where that is written; empty if unknown or contradictory.

    families: the findings of vpnlint.surroundings.address_families.
    """
    if len({family["ipv6"] for family in families}) != 1:
        return ""
    addresses = "IPv6 addresses" if families[0]["ipv6"] else "IPv4 addresses alone"
    places = "; ".join(f"{family['says']} ({family['place']})" for family in families[:_MOST_PLACES])
    return f"the cluster gives its Pods {addresses}: {places}"
