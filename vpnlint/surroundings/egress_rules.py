"""Judges whether a torrent client reaches peers or trackers through an egress rule, past the tunnel.

A rule for a VPN allows one port or one server. The tunnel's own port, even if it is open to the whole
internet, serves no swarm: peers and DHT nodes choose their ports, so one in tens of thousands listens there.
The ports of trackers and web seeds do serve one, and so does a range of ports. Most policies allow DNS, which
reveals names but reaches no peer. The effect of any other port is unknown.

Sources: Kubernetes v1.36 networking/v1 NetworkPolicyEgressRule (no `to`: everywhere; no `ports`: all; no
protocol: TCP); Cilium v1.19 Documentation/security/policy/{layer3,layer4}.rst, pkg/policy/api/{egress,l4}.go
(toPorts without any to…: everywhere; an empty rule: nowhere; no protocol: any; port 0: all). VPN ports: the
defaults of WireGuard, OpenVPN, PIA, AirVPN, IPsec, Tailscale, and VXLAN between Pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vpnlint.source.node import Node
from vpnlint.surroundings.public_internet import opens_internet
from vpnlint.surroundings.trilean import Tri, all_of, any_of

_TUNNELS = frozenset(
    ("51820", "1194", "1195", "1196", "1197", "1198", "1637", "500", "4500", "41641", "3478", "4789", "8472")
)
_NAMES = frozenset(("53", "853", "5353", "123"))
_WEB = frozenset(("80", "443", "8080", "8443"))
# Where trackers and web seeds listen, and the clients' own default ports.
_SWARM = _WEB | {"2710", "6969", "1337", "451", "51413", "49160", *map(str, range(6881, 6890))}
_WIDE = 32
_WORLD = frozenset(("world", "all", "world-ipv4", "world-ipv6"))
_TO = ("toCIDR", "toCIDRSet", "toEntities", "toFQDNs", "toEndpoints", "toServices", "toGroups", "toNodes")


class _Port(NamedTuple):
    port: str
    end: str
    protocol: str


def judge_kubernetes_rule(rule: Node, own: frozenset[str]) -> Tri:
    """Tell whether a rule of a NetworkPolicy lets a client reach peers or trackers.

    own: the ports of this Pod's tunnel, as written.
    """
    destinations = rule.items("to")
    blocks: list[Tri] = ["yes"]
    if destinations:
        blocks = [_judge_block(block) for item in destinations if (block := item.get("ipBlock")) is not None]
    return all_of([any_of(blocks), _judge_ports(_read_ports(rule, "TCP"), own)])


def judge_cilium_rule(rule: Node, own: frozenset[str]) -> Tri:
    """Tell whether a rule of a CiliumNetworkPolicy lets a client reach peers; see judge_kubernetes_rule."""
    ports: list[_Port] = []
    limited: list[Tri] = ["yes"]
    for section in rule.items("toPorts"):
        if section.get("serverNames") is not None:
            limited = ["unknown"]
        ports += _read_ports(section, "ANY")
    if any(rule.get(key) is not None for key in _TO):
        destinations = any_of(_judge_destinations(rule))
    else:
        destinations = "yes" if ports else "no"
    return all_of([destinations, _judge_ports(ports, own), *limited])


def denies_world(rule: Node) -> bool:
    """Tell whether an egressDeny rule of Cilium denies everything outside the cluster."""
    world = any(item.text in ("world", "all") for item in rule.items("toEntities"))
    every = any(item.text == "0.0.0.0/0" for item in rule.items("toCIDR"))
    return (world or every) and rule.get("toPorts") is None


def _judge_destinations(rule: Node) -> Iterator[Tri]:
    for key in _TO:
        for item in rule.items(key):
            if key == "toCIDR":
                yield opens_internet(item.text)
            elif key == "toCIDRSet":
                yield "unknown" if item.get("cidr") is None else _judge_block(item)
            elif key == "toEntities":
                yield "yes" if item.text in _WORLD else "no"
            elif key == "toFQDNs":
                yield _judge_name_pattern(item)
            else:
                yield "unknown" if key == "toGroups" else "no"


def _judge_name_pattern(item: Node) -> Tri:
    # A pattern that matches any name allows every address that was ever looked up, trackers first.
    pattern = item.get("matchPattern")
    if pattern is None:
        return "no"
    literal = [label for label in pattern.text.split(".") if label.strip("*")]
    return "yes" if len(literal) < 2 else "no"


def _judge_block(block: Node) -> Tri:
    return opens_internet(block.text_at("cidr"), tuple(item.text for item in block.items("except")))


def _read_ports(section: Node, protocol: str) -> list[_Port]:
    return [
        _Port(item.scalar_at("port"), item.scalar_at("endPort"), item.scalar_at("protocol") or protocol)
        for item in section.items("ports")
    ]


def _judge_ports(ports: Iterable[_Port], own: frozenset[str]) -> Tri:
    """Tell whether a client reaches a swarm on one of the ports; no ports means all ports."""
    answers = [_judge_port(port, own) for port in ports]
    return any_of(answers) if answers else "yes"


def _judge_port(port: _Port, own: frozenset[str]) -> Tri:
    number, end, protocol = port
    if protocol.upper() not in ("TCP", "UDP", "ANY", ""):
        return "no"
    if number in ("", "0"):
        return "yes"
    numbers = [number]
    if is_port_number(number) and is_port_number(end):
        if int(end) - int(number) >= _WIDE:
            return "yes"
        numbers = [str(one) for one in range(int(number), int(end) + 1)]
    # Over UDP, port 443 is QUIC, which no tracker speaks, or OpenVPN.
    swarm = _SWARM - _WEB if protocol.upper() == "UDP" else _SWARM - (own - _WEB)
    if any(one in swarm for one in numbers):
        return "yes"
    return "no" if all(one in own | _TUNNELS | _NAMES | _WEB for one in numbers) else "unknown"


def is_port_number(text: str) -> bool:
    """Tell whether a text is a port number, rather than a name, a variable or digits that int() rejects."""
    return text.isascii() and text.isdecimal() and len(text) < 6
