"""Tells which files may configure a cluster's nodes: those of Talos, talhelper, k3s and RKE2."""

from __future__ import annotations

# The keys that give Pods their addresses: of Talos (v1alpha1 machine configuration, cluster.network), of
# talhelper's talconfig.yaml, and the flag of k3s and RKE2 as config.yaml and Ansible's variables have it.
POD_NETWORK_KEYS = ("podSubnets", "clusterPodNets", "cluster-cidr")
_WORDS = tuple(key.encode() for key in POD_NETWORK_KEYS)


def may_configure_nodes(data: bytes) -> bool:
    """Tell whether bytes may say which addresses a cluster's Pods get."""
    return any(map(data.__contains__, _WORDS))
