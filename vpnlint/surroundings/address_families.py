"""Finds what the repository says about the addresses of a cluster's Pods: IPv4 alone, or IPv6, too.

Sources: Cilium v1.18 install/kubernetes/cilium/values.yaml (`ipv4.enabled: true`, `ipv6.enabled: false`);
Talos v1.11 machine configuration, cluster.network.podSubnets; talhelper v3 `clusterPodNets`; k3s v1.33
`cluster-cidr` (both families, separated by a comma); Kubernetes v1.36.3 pkg/registry/core/service/storage/
alloc.go: the API server refuses `RequireDualStack`, and any family in `ipFamilies`, that the cluster is not
configured for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from vpnlint.errors import InputError
from vpnlint.files.node_configs import POD_NETWORK_KEYS
from vpnlint.gitops.helm_release.values import collect_values
from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload

_NETWORK = re.compile(r"^[0-9A-Fa-f.:]+/[0-9]{1,3}$")
# How deep a key of POD_NETWORK_KEYS stands in Ansible's variables, and deeper than in any of Talos.
_DEEPEST = 6


def find_address_families(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return what each place says about the addresses of the Pods in the workload's cluster.

    Each entry holds:
    ipv6: whether Pods get IPv6 addresses.
    place: the file and the line, `FILE:LINE`.
    says: the setting, as a person would write it.
    Cilium's values, the nodes' configuration that is nearest to the workload, and Services count. Nothing is
    said where a value cannot be read.
    """
    return [*_find_in_cilium(objects), *_find_in_nodes(workload, objects), *_find_in_services(objects)]


def _find_in_cilium(objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield what Cilium's release says, unless it is chained to another plugin, which gives the addresses."""
    for release in objects.of_kind("HelmRelease"):
        if _read_chart(release, objects) != "cilium":
            continue
        try:
            values, missing = collect_values(release, objects)
        except InputError:
            continue
        if missing or values.text_at("cni", "chainingMode") not in ("", "none"):
            continue
        enabled = values.get("ipv6", "enabled")
        if enabled is None:
            place = release.get("metadata", "name") or release
            yield _state(place, "Cilium's ipv6.enabled is unset, which is false", ipv6=False)
        elif isinstance(enabled.value, bool):
            yield _state(enabled, f"Cilium's ipv6.enabled: {str(enabled.value).lower()}", ipv6=enabled.value)


def _read_chart(release: Node, objects: Objects) -> str:
    """Return the name of a release's chart; that of a chartRef is the last part of its source's URL."""
    if name := release.text_at("spec", "chart", "spec", "chart"):
        return name.rpartition("/")[2]
    name = release.text_at("spec", "chartRef", "name")
    namespace = release.text_at("spec", "chartRef", "namespace") or release.text_at("metadata", "namespace")
    source = objects.find("OCIRepository", namespace, name)
    url = source.text_at("spec", "url") if source is not None else ""
    return url.rpartition("/")[2] or name


def _find_in_nodes(workload: Workload, objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield what the nearest configuration of nodes says, or several that are equally near."""
    found = [
        (_rate_nearness(workload.source.file, network.file), network)
        for root in objects.node_configs
        for network in _find_pod_networks(root, _DEEPEST)
    ]
    nearest = max((nearness for nearness, _ in found), default=(0, 0))
    for nearness, network in found:
        items = network.list or [network]
        texts = [text.strip() for item in items for text in item.scalar_text.split(",")]
        if nearness == nearest and texts and all(map(_NETWORK.match, texts)):
            yield _state(
                network,
                f"{network.path[-1]}: {', '.join(texts)}",
                ipv6=any(":" in text for text in texts),
            )


def _find_pod_networks(node: Node, depth: int) -> Iterator[Node]:
    """Yield the values of POD_NETWORK_KEYS in a document."""
    for key, child in node.map.items():
        if key in POD_NETWORK_KEYS:
            yield child
        elif depth:
            yield from _find_pod_networks(child, depth - 1)


def _rate_nearness(file: str, config: str) -> tuple[int, int]:
    """Return how many folders two files share from the root on, and how many by name.

    A repository with several clusters names each in the paths of both: `kubernetes/main/apps/…` and
    `ansible/main/inventory/…`.
    """
    mine, others = (os.path.dirname(path).split(os.sep) for path in (file, config))
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(mine, others, strict=False))
    return len([*shared]), len({*mine} & {*others})


def _find_in_services(objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield a Service that a cluster without IPv6 refuses; every cluster takes one of IPv4 alone."""
    for service in objects.of_kind("Service"):
        policy = service.get("spec", "ipFamilyPolicy")
        families = service.get("spec", "ipFamilies")
        if policy is not None and policy.text == "RequireDualStack":
            yield _state(policy, "a Service's ipFamilyPolicy: RequireDualStack", ipv6=True)
        elif families is not None and any(item.text == "IPv6" for item in families.list):
            yield _state(families, "IPv6 in a Service's ipFamilies", ipv6=True)


def _state(node: Node, says: str, *, ipv6: bool) -> dict[str, Any]:
    return {"ipv6": ipv6, "place": f"{node.file}:{node.span.line}", "says": says}
