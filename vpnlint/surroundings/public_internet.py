"""Tells how much of the public internet a network holds: nothing, one chosen place, or enough for a swarm.

What is public is what rules/catalog/networks.yaml leaves, which the rules read too.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from vpnlint.ruleset.networks import read_reserved_networks
from vpnlint.surroundings.trilean import Tri, is_unresolved

Network: TypeAlias = IPv4Network | IPv6Network

# A VPN provider's servers stand in networks no wider than these; swarms do not.
_NARROW = {4: 24, 6: 48}


@cache
def _public() -> tuple[IPv4Network, ...]:
    reserved = [network for network in read_reserved_networks() if isinstance(network, IPv4Network)]
    return tuple(_without([IPv4Network("0.0.0.0/0")], reserved))


def parse_network(text: str) -> Network | None:
    """Return a CIDR or a single address as a network, None where it is neither."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def opens_internet(cidr: str, exceptions: Iterable[str] = ()) -> Tri:
    """Tell whether a CIDR less its exceptions holds public addresses enough for a swarm.

    `unknown` where it is no CIDR.
    """
    network = parse_network(cidr)
    if network is None:
        return "unknown" if is_unresolved(cidr) else "no"
    if network.prefixlen >= _NARROW[network.version]:
        return "no"
    if isinstance(network, IPv6Network):
        covered = any(parse_network(text) == network for text in exceptions)
        reserved = [taken for taken in read_reserved_networks() if isinstance(taken, IPv6Network)]
        return "no" if covered or any(network.subnet_of(taken) for taken in reserved) else "yes"
    inside = [part for part in _public() if part.overlaps(network)]
    parts = [network if network.subnet_of(part) else part for part in inside]
    left = _without(
        parts, [found for text in exceptions if isinstance(found := parse_network(text), IPv4Network)]
    )
    return "yes" if any(part.prefixlen < _NARROW[4] for part in left) else "no"


def carries_internet(cidrs: Iterable[str]) -> Tri:
    """Tell whether networks together hold all public IPv4 addresses.

    `no`: none of them. `unknown`: some, or not known.
    """
    texts = list(cidrs)
    routes = [found for text in texts if isinstance(found := parse_network(text), IPv4Network)]
    if any(route.prefixlen == 0 for route in routes):
        return "yes"
    left = _without(_public(), routes)
    if not left:
        return "yes"
    whole = sum(part.num_addresses for part in _public()) == sum(part.num_addresses for part in left)
    return "no" if whole and not any(map(is_unresolved, texts)) else "unknown"


def _without(networks: Iterable[IPv4Network], taken: Iterable[IPv4Network]) -> list[IPv4Network]:
    left = list(networks)
    for hole in taken:
        rest: list[IPv4Network] = []
        for network in left:
            if not network.overlaps(hole):
                rest.append(network)
            elif hole.subnet_of(network) and hole != network:
                rest += network.address_exclude(hole)
        left = rest
    return left
