"""Finds out whether a cluster's Pods have IPv6 addresses, from the settings in the repository.

Sources: Cilium v1.18 install/kubernetes/cilium/values.yaml (`ipv4.enabled: true`, `ipv6.enabled: false`);
Talos v1.11 machine configuration, cluster.network.podSubnets; talhelper v3 `clusterPodNets`; k3s v1.33
`cluster-cidr` (both families, separated by a comma); Kubernetes v1.36.3
pkg/registry/core/service/storage/alloc.go (if the cluster is not configured for it, the API server refuses
`RequireDualStack`, and a family in `ipFamilies`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from vpnlint.errors import InputError
from vpnlint.gitops.helm_release.values import collect_values
from vpnlint.gitops.objects import Objects
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload

_NETWORK = defer_pattern(r"^[0-9A-Fa-f.:]+/[0-9]{1,3}$")


def find_address_families(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return each setting that decides about the addresses of Pods in the workload's cluster.

    The settings are in Cilium's values, in the nodes' configuration nearest to the workload, and in Services.
    A value that cannot be read is left out. Each entry holds:
    ipv6: whether Pods get IPv6 addresses.
    place: the file and line of the setting, `FILE:LINE`.
    says: the setting, as a person would write it.
    """
    return [*_find_in_cilium(objects), *_find_in_nodes(workload, objects), *_find_in_services(objects)]


def _find_in_cilium(objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield the setting of Cilium's release, unless a plugin to which it is chained assigns addresses."""
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
            yield _make_entry_at(place, "Cilium's ipv6.enabled is unset, which is false", ipv6=False)
        elif isinstance(enabled.value, bool):
            yield _make_entry_at(
                enabled, f"Cilium's ipv6.enabled: {str(enabled.value).lower()}", ipv6=enabled.value
            )


def _read_chart(release: Node, objects: Objects) -> str:
    """Return the name of a release's chart; for a chartRef, the last part of its source's URL."""
    if name := release.text_at("spec", "chart", "spec", "chart"):
        return name.rpartition("/")[2]
    name = release.text_at("spec", "chartRef", "name")
    namespace = release.text_at("spec", "chartRef", "namespace") or release.text_at("metadata", "namespace")
    source = objects.find("OCIRepository", namespace, name)
    url = source.text_at("spec", "url") if source is not None else ""
    return url.rpartition("/")[2] or name


def _find_in_nodes(workload: Workload, objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield the settings of the nearest configuration of nodes, or of all that are equally near."""
    networks = [
        (_rate_nearness(workload.source.file, network.file), network) for network in objects.pod_networks
    ]
    nearest = max((nearness for nearness, _ in networks), default=(0, 0))
    for nearness, network in networks:
        if nearness == nearest and network.texts and all(map(_NETWORK.match, network.texts)):
            yield _make_entry(
                network.file,
                network.line,
                f"{network.key}: {', '.join(network.texts)}",
                ipv6=any(":" in text for text in network.texts),
            )


def _rate_nearness(file: str, config: str) -> tuple[int, int]:
    """Return the number of leading folders that two files share, and of folders with the same name.

    A repository with several clusters has a cluster's name in the paths of both files:
    `kubernetes/main/apps/…` and `ansible/main/inventory/…`.
    """
    folders, others = (os.path.dirname(path).split(os.sep) for path in (file, config))
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(folders, others, strict=False))
    return len([*shared]), len({*folders} & {*others})


def _find_in_services(objects: Objects) -> Iterator[dict[str, Any]]:
    """Yield the setting of each Service that a cluster without IPv6 refuses; any cluster takes IPv4."""
    for service in objects.of_kind("Service"):
        policy = service.get("spec", "ipFamilyPolicy")
        families = service.get("spec", "ipFamilies")
        if policy is not None and policy.text == "RequireDualStack":
            yield _make_entry_at(policy, "a Service's ipFamilyPolicy: RequireDualStack", ipv6=True)
        elif families is not None and any(item.text == "IPv6" for item in families.list):
            yield _make_entry_at(families, "IPv6 in a Service's ipFamilies", ipv6=True)


def _make_entry_at(node: Node, says: str, *, ipv6: bool) -> dict[str, Any]:
    return _make_entry(node.file, node.span.line, says, ipv6=ipv6)


def _make_entry(file: str, line: int, says: str, *, ipv6: bool) -> dict[str, Any]:
    return {"ipv6": ipv6, "place": f"{file}:{line}", "says": says}
