"""Finds policies of the repository that change Pods at admission, and so perhaps the way of their traffic.

Sources: Kubernetes v1.36 admissionregistration.k8s.io MutatingAdmissionPolicy (spec.matchConstraints,
spec.mutations); Kyverno 1.17 kyverno.io/v1 ClusterPolicy and Policy (spec.rules[].mutate, match) and
policies.kyverno.io MutatingPolicy. What they put into a Pod is an expression of CEL or JMESPath, which is not
evaluated here: only whether it may touch what decides is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import BUILT_IN
from vpnlint.surroundings.trilean import unresolved
from vpnlint.workloads.workload import Workload

_NATIVE = ("MutatingAdmissionPolicy", "MutatingPolicy", "NamespacedMutatingPolicy")
_KYVERNO = ("ClusterPolicy", "Policy")
# What a mutation has to name to add a container, a network, a gateway's mark or another resolver.
_DECIDES = re.compile(r"containers|annotations|labels|runtimeClass|hostNetwork|dnsConfig", re.IGNORECASE)
_RESOURCES = {kind.resource for kind in BUILT_IN.values()} | {"*", "*/*"}
_KINDS = {*BUILT_IN, "*"}


def find_mutations(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return the policies that may change the workload's Pods: kind and name."""
    return [
        {"kind": policy.text_at("kind"), "name": policy.text_at("metadata", "name")}
        for policy in [*_native(objects), *_kyverno(workload, objects)]
    ]


def _native(objects: Objects) -> Iterator[Node]:
    for kind in _NATIVE:
        for policy in objects.of_kind(kind):
            rules = policy.items("spec", "matchConstraints", "resourceRules")
            resources = {item.text for rule in rules for item in rule.items("resources")}
            if resources & _RESOURCES and _touches(policy.get("spec", "mutations")):
                yield policy


def _kyverno(workload: Workload, objects: Objects) -> Iterator[Node]:
    for kind in _KYVERNO:
        for policy in objects.of_kind(kind):
            own = policy.text_at("metadata", "namespace")
            here = kind == "ClusterPolicy" or own in ("", workload.namespace)
            if (
                here
                and policy.text_at("apiVersion").startswith("kyverno.io/")
                and any(_mutates(rule, workload) for rule in policy.items("spec", "rules"))
            ):
                yield policy


def _mutates(rule: Node, workload: Workload) -> bool:
    """Tell whether a Kyverno rule changes Pods like these; what else it matches by is taken to match."""
    if not _touches(rule.get("mutate")):
        return False
    either = [*rule.items("match", "any"), *rule.items("match", "all")]
    return any(_matches(match, workload) for match in either or [rule.get("match") or rule])


def _matches(match: Node, workload: Workload) -> bool:
    kinds = {item.text.rsplit("/")[-1] for item in match.items("resources", "kinds")}
    namespaces = [item.text for item in match.items("resources", "namespaces")]
    near = not namespaces or any(
        name == workload.namespace or "*" in name or unresolved(name) for name in namespaces
    )
    return bool(kinds & _KINDS) and near


def _touches(mutation: Node | None) -> bool:
    return mutation is not None and _DECIDES.search(str(mutation.plain())) is not None
