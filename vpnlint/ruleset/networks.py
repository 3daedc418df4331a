"""The catalogue's networks: names of interfaces, and addresses that are not public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

from vpnlint.ruleset.data_file import find_shipped_folder, read_data_file, require_key
from vpnlint.source.node import Node

# The view compares IPv6 networks by their first bits (rules/views/pod.yaml).
_COMPARED = 32


@cache
def read_reserved_networks() -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks that are not part of the public internet (rules/catalog/networks.yaml)."""
    return tuple(ip_network(node.text) for node in require_key(_read_file(), "special").list)


@cache
def read_cluster_resolvers() -> tuple[IPv4Address, ...]:
    """Return the usual IPv4 addresses of cluster resolvers (rules/catalog/networks.yaml)."""
    return tuple(IPv4Address(node.text) for node in require_key(_read_file(), "resolvers").list)


def _read_file() -> Node:
    return read_data_file(find_shipped_folder() / "catalog" / "networks.yaml").root


def list_special_networks(general: Sequence[Node]) -> list[dict[str, int]]:
    """Return the same networks as the view compares them: IP version, first and last address as numbers."""
    networks = [
        ip_network(item.text)
        for root in general
        if "special" in root.map
        for item in root.map["special"].list
    ]
    return [
        {
            "version": network.version,
            "first": int(network.network_address) >> _count_unused_bits(network),
            "last": int(network.broadcast_address) >> _count_unused_bits(network),
        }
        for network in networks
    ]


def list_cluster_resolvers(general: Iterable[Node]) -> list[int]:
    """Return the usual IPv4 addresses of cluster resolvers, as numbers."""
    return [int(ip_address(item.text)) for root in general for item in root.items("resolvers")]


def build_tunnel_pattern(roots: Iterable[Node], general: Iterable[Node]) -> str:
    """Return a regular expression for the first letters of tunnel interfaces, of all programs and others."""
    named = [
        item.text
        for root in roots
        for node in (root, *(image.get("inside") for image in require_key(root, "images").map.values()))
        if node is not None
        for item in node.items("interfaces")
    ]
    others = [item.text for root in general for item in root.items("interfaces", "tunnel")]
    return f"({'|'.join(sorted({re.sub('[0-9]+$', '', name) for name in (*named, *others)}))})"


def build_pod_pattern(general: Iterable[Node]) -> str:
    """Return a regular expression for the names of the interfaces that every Pod has."""
    names = [item.text for root in general for item in root.items("interfaces", "pod")]
    return f"^({'|'.join(sorted(names))})[a-z0-9]*$"


def _count_unused_bits(network: IPv4Network | IPv6Network) -> int:
    return network.max_prefixlen - _COMPARED
