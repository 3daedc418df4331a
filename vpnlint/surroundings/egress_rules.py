"""An egress rule → whether a torrent client finds peers or trackers through it, past the tunnel.

A rule for a VPN lets out one port of it, or one server. What it lets out to the whole internet on the
tunnel's own port serves no swarm: peers and DHT nodes listen where they like, one in tens of thousands there.
Ports where trackers and web seeds listen do, a range of ports does. DNS is let out by most policies and shows
names, not peers. Any other port is not known. Sources: Kubernetes v1.36 networking/v1 NetworkPolicyEgressRule
(no `to`: everywhere; no `ports`: all; no protocol: TCP); Cilium v1.19
Documentation/security/policy/{layer3,layer4}.rst, pkg/policy/api/{egress,l4}.go (no to… beside toPorts:
everywhere; an empty rule: nowhere; no protocol: any; port 0: all); VPN ports: the defaults of WireGuard,
OpenVPN, PIA, AirVPN, IPsec, Tailscale, and VXLAN between Pods.
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


def kubernetes_rule_opens(rule: Node, own: frozenset[str]) -> Tri:
    """Tell whether a rule of a NetworkPolicy opens the way out.

    own: the ports of this Pod's tunnel, as they are written.
    """
    destinations = rule.items("to")
    blocks: list[Tri] = ["yes"]
    if destinations:
        blocks = [_opens(block) for item in destinations if (block := item.get("ipBlock")) is not None]
    return all_of([any_of(blocks), _ports_open(_ports(rule, "TCP"), own)])


def cilium_rule_opens(rule: Node, own: frozenset[str]) -> Tri:
    """Tell whether a rule of a CiliumNetworkPolicy opens the way out, as kubernetes_rule_opens."""
    ports: list[_Port] = []
    limited: list[Tri] = ["yes"]
    for section in rule.items("toPorts"):
        if section.get("serverNames") is not None:
            limited = ["unknown"]
        ports += _ports(section, "ANY")
    if any(rule.get(key) is not None for key in _TO):
        destinations = any_of(_destinations(rule))
    else:
        destinations = "yes" if ports else "no"
    return all_of([destinations, _ports_open(ports, own), *limited])


def denies_world(rule: Node) -> bool:
    """Tell whether an egressDeny rule of Cilium denies all that is outside the cluster."""
    world = any(item.text in ("world", "all") for item in rule.items("toEntities"))
    every = any(item.text == "0.0.0.0/0" for item in rule.items("toCIDR"))
    return (world or every) and rule.get("toPorts") is None


def _destinations(rule: Node) -> Iterator[Tri]:
    for key in _TO:
        for item in rule.items(key):
            if key == "toCIDR":
                yield opens_internet(item.text)
            elif key == "toCIDRSet":
                yield "unknown" if item.get("cidr") is None else _opens(item)
            elif key == "toEntities":
                yield "yes" if item.text in _WORLD else "no"
            elif key == "toFQDNs":
                yield _names_open(item)
            else:
                yield "unknown" if key == "toGroups" else "no"


def _names_open(item: Node) -> Tri:
    # A pattern that any name fits lets out to each address that was ever looked up, trackers first.
    pattern = item.get("matchPattern")
    if pattern is None:
        return "no"
    literal = [label for label in pattern.text.split(".") if label.strip("*")]
    return "yes" if len(literal) < 2 else "no"


def _opens(block: Node) -> Tri:
    return opens_internet(block.text_at("cidr"), [item.text for item in block.items("except")])


def _ports(section: Node, protocol: str) -> list[_Port]:
    return [
        _Port(item.scalar_at("port"), item.scalar_at("endPort"), item.scalar_at("protocol") or protocol)
        for item in section.items("ports")
    ]


def _ports_open(ports: Iterable[_Port], own: frozenset[str]) -> Tri:
    """Tell whether a swarm is reached on one of the ports; all are open where none is named."""
    found = [_port_opens(port, own) for port in ports]
    return any_of(found) if found else "yes"


def _port_opens(port: _Port, own: frozenset[str]) -> Tri:
    number, end, protocol = port
    if protocol.upper() not in ("TCP", "UDP", "ANY", ""):
        return "no"
    if number in ("", "0"):
        return "yes"
    numbers = [number]
    if _is_number(number) and _is_number(end):
        if int(end) - int(number) >= _WIDE:
            return "yes"
        numbers = [str(one) for one in range(int(number), int(end) + 1)]
    # QUIC is no tracker's protocol, and OpenVPN likes this port.
    swarm = _SWARM - _WEB if protocol.upper() == "UDP" else _SWARM - (own - _WEB)
    if any(one in swarm for one in numbers):
        return "yes"
    return "no" if all(one in own | _TUNNELS | _NAMES | _WEB for one in numbers) else "unknown"


def _is_number(text: str) -> bool:
    """Tell whether a text is a port's number, and not a name or one that Python would not read."""
    return text.isascii() and text.isdecimal() and len(text) < 6
