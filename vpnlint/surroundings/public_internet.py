"""Tells how much of the public internet networks cover: none, one chosen place, or enough for a swarm.

Every address is public that rules/catalog/networks.yaml does not list; the rules read the same file.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from vpnlint.ruleset.networks import read_reserved_networks
from vpnlint.surroundings.trilean import Tri, is_unresolved

Network: TypeAlias = IPv4Network | IPv6Network

# A VPN provider's servers are in networks no wider than these; a swarm is not.
_NARROW = {4: 24, 6: 48}
# No policy has so many exceptions or routes, each of which may cut all others in pieces.
_MOST = 500


@cache
def _list_public_networks() -> tuple[IPv4Network, ...]:
    reserved = [network for network in read_reserved_networks() if isinstance(network, IPv4Network)]
    return tuple(_subtract_networks([IPv4Network("0.0.0.0/0")], reserved))


def parse_network(text: str) -> Network | None:
    """Return a CIDR or a single address as a network, or None if it is neither."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=10_000)
def opens_internet(cidr: str, exceptions: tuple[str, ...] = ()) -> Tri:
    """Tell whether a CIDR without its exceptions holds enough public addresses for a swarm.

    The answer is `unknown` for a variable, and `no` for any other text that is no CIDR.
    """
    network = parse_network(cidr)
    if network is None:
        return "unknown" if is_unresolved(cidr) else "no"
    if len(exceptions) > _MOST:
        return "unknown"
    if network.prefixlen >= _NARROW[network.version]:
        return "no"
    if isinstance(network, IPv6Network):
        covered = any(parse_network(text) == network for text in exceptions)
        reserved = [holes for holes in read_reserved_networks() if isinstance(holes, IPv6Network)]
        return "no" if covered or any(network.subnet_of(holes) for holes in reserved) else "yes"
    inside = [part for part in _list_public_networks() if part.overlaps(network)]
    parts = [network if network.subnet_of(part) else part for part in inside]
    left = _subtract_networks(
        parts, [parsed for text in exceptions if isinstance(parsed := parse_network(text), IPv4Network)]
    )
    return "yes" if any(part.prefixlen < _NARROW[4] for part in left) else "no"


def carries_internet(cidrs: Iterable[str]) -> Tri:
    """Tell whether networks together hold all public IPv4 addresses.

    The answer is `no` if they hold none, and `unknown` if they hold some or one of them is a variable.
    """
    texts = list(cidrs)
    routes = [parsed for text in texts if isinstance(parsed := parse_network(text), IPv4Network)]
    if any(route.prefixlen == 0 for route in routes):
        return "yes"
    if len(routes) > _MOST:
        return "unknown"
    left = _subtract_networks(_list_public_networks(), routes)
    if not left:
        return "yes"
    whole = sum(part.num_addresses for part in _list_public_networks()) == sum(
        part.num_addresses for part in left
    )
    return "no" if whole and not any(map(is_unresolved, texts)) else "unknown"


def _subtract_networks(networks: Iterable[IPv4Network], holes: Iterable[IPv4Network]) -> list[IPv4Network]:
    left = list(networks)
    for hole in holes:
        rest: list[IPv4Network] = []
        for network in left:
            if not network.overlaps(hole):
                rest.append(network)
            elif hole.subnet_of(network) and hole != network:
                rest += network.address_exclude(hole)
        left = rest
    return left
