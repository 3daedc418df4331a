"""Finds the networks of Pods in the configuration of a cluster's nodes: of Talos, talhelper, k3s and RKE2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vpnlint.source.node import Node

# The keys that give Pods their addresses: of Talos (v1alpha1 machine configuration, cluster.network), of
# talhelper's talconfig.yaml, and the flag of k3s and RKE2 as config.yaml and Ansible's variables have it.
POD_NETWORK_KEYS = ("podSubnets", "clusterPodNets", "cluster-cidr")
# Such a key is at most this deep in Ansible's variables, and less deep in Talos' files.
_DEEPEST = 6
_WORDS = tuple(key.encode() for key in POD_NETWORK_KEYS)


def may_configure_nodes(data: bytes) -> bool:
    """Tell whether bytes may say which addresses a cluster's Pods get."""
    return any(map(data.__contains__, _WORDS))


class PodNetwork(NamedTuple):
    """A setting that gives a cluster's Pods their addresses: its key, its texts, and its file and line."""

    key: str
    texts: tuple[str, ...]
    file: str
    line: int


def find_pod_networks(node: Node, depth: int = _DEEPEST) -> Iterator[PodNetwork]:
    """Yield the settings of POD_NETWORK_KEYS in a document, at most so deep in it."""
    for key, child in node.map.items():
        if key in POD_NETWORK_KEYS:
            items = child.list or [child]
            texts = tuple(text.strip() for item in items for text in item.scalar_text.split(","))
            yield PodNetwork(key, texts, child.file, child.span.line)
        elif depth:
            yield from find_pod_networks(child, depth - 1)
