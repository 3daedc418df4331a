"""Finds policies of the repository that may put a VPN into a Pod, or lead it to one, at admission.

Sources: Kubernetes v1.36 admissionregistration.k8s.io MutatingAdmissionPolicy (spec.matchConstraints,
spec.mutations, spec.variables); Kyverno 1.17 kyverno.io/v1 ClusterPolicy and Policy (spec.rules[].mutate,
match, exclude) and policies.kyverno.io MutatingPolicy. A mutation is an expression of CEL or JMESPath, which
is not evaluated here. What it names tells whether it can matter: most policies of real repositories rewrite
registries, remove CPU limits or delay backup jobs, and change no packet's way. Nor does one matter that can
reach none of the workload's objects, by their kinds, namespace, names and labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.surroundings.mutation_targets import (
    AdmittedObject,
    list_admitted_objects,
    match_condition,
    match_name,
)
from vpnlint.surroundings.selectors import (
    matches_selector,
    may_stand_in,
    read_namespace_labels,
    read_pod_labels,
)
from vpnlint.surroundings.trilean import Tri, all_of, any_of, is_unresolved
from vpnlint.workloads.workload import Workload

_NATIVE = ("MutatingAdmissionPolicy", "MutatingPolicy", "NamespacedMutatingPolicy")
_KYVERNO = ("ClusterPolicy", "Policy")
# A VPN program, a network or gateway that a Pod asks for by annotation or label, a proxy, the node's network.
_LEADS = re.compile(
    r"vpn|wireguard|\bwg\b|wg-quick|gluetun|tailscale|tailnet|mullvad|netbird|nordlynx|warp|net/tun|net_admin"
    r"|hostnetwork|cni\.cncf\.io|egress|set\w*gateway|gateway-?pod|pod-?gateway|[a-z]_proxy\b|socks",
    re.IGNORECASE,
)
# A container whose image only a parameter, a variable or the object tells may be a VPN's.
_ADDS_CONTAINER = re.compile(r"ontainers/-|Object\.[\w.]*ontainers\s*\{")
_IMAGE = re.compile(r"\bimage[\"']?\s*:\s*(?P<literal>[\"'](?!\{\{)|[\w.-]+[/:@])?")
_CONTAINERS = ("containers", "initContainers")


def find_mutations(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return the policies that may lead the workload's traffic into a VPN: kind and name."""
    if workload.object is None:
        return []
    return [
        {"kind": policy.text_at("kind"), "name": policy.text_at("metadata", "name")}
        for policy in [*_native(workload, objects), *_kyverno(workload, objects)]
    ]


def _native(workload: Workload, objects: Objects) -> Iterator[Node]:
    targets = list_admitted_objects(workload)
    for kind in _NATIVE:
        for policy in objects.of_kind(kind):
            limits = policy.get("spec", "matchConstraints")
            if limits is None or (
                kind == "NamespacedMutatingPolicy" and not may_stand_in(policy, workload.namespace)
            ):
                continue
            asked = {item.text for rule in limits.items("resourceRules") for item in rule.items("resources")}
            spaces = _in_namespace(limits.get("namespaceSelector"), workload, objects)
            # A controller's labels are not those of its Pods: the workload's own are asked only for a Pod.
            labels = (
                matches_selector(limits.get("objectSelector"), read_pod_labels(workload))
                if asked == {"pods"}
                else "yes"
            )
            conditions = [item.text_at("expression") for item in policy.items("spec", "matchConditions")]
            if (
                any(_is_reached(target, asked, conditions) for target in targets)
                and "no" not in (spaces, labels)
                and _leads(policy.get("spec", "mutations"), policy.get("spec", "variables"))
            ):
                yield policy


def _is_reached(target: AdmittedObject, resources: set[str], conditions: list[str]) -> bool:
    """Tell whether a native policy for these resources, under these conditions, may change an object."""
    return bool(resources & {POD_KINDS[target.kind].resource, "*", "*/*"}) and all(
        match_condition(condition, target) != "no" for condition in conditions
    )


def _kyverno(workload: Workload, objects: Objects) -> Iterator[Node]:
    for kind in _KYVERNO:
        for policy in objects.of_kind(kind):
            if (
                (kind == "ClusterPolicy" or may_stand_in(policy, workload.namespace))
                and policy.text_at("apiVersion").startswith("kyverno.io/")
                and any(_mutates(rule, workload, objects) for rule in policy.items("spec", "rules"))
            ):
                yield policy


def _mutates(rule: Node, workload: Workload, objects: Objects) -> bool:
    """Tell whether a Kyverno rule may lead Pods like these into a VPN."""
    return (
        _leads(rule.get("mutate"))
        and _filters(rule.get("match"), workload, objects) != "no"
        and (rule.get("exclude") is None or _filters(rule.get("exclude"), workload, objects) != "yes")
    )


def _filters(block: Node | None, workload: Workload, objects: Objects) -> Tri:
    """Tell whether a block `match` or `exclude` names the workload or what its controller makes of it."""
    if block is None:
        return "unknown"
    every, some = block.items("all"), block.items("any")
    if not every and not some:
        return _names(block, workload, objects)
    found = [_names(item, workload, objects) for item in every or some]
    return all_of(found) if every else any_of(found)


def _names(item: Node, workload: Workload, objects: Objects) -> Tri:
    wanted = item.get("resources")
    if wanted is None:
        return "unknown"
    kinds = {kind.text.rpartition("/")[2] for kind in wanted.items("kinds")}
    names = [name.text for name in wanted.items("names")]
    names += [wanted.text_at("name")] if wanted.text_at("name") else []
    targets = [item for item in list_admitted_objects(workload) if not kinds or kinds & {item.kind, "*"}]
    answers = [any_of(match_name(names, target) if names else "yes" for target in targets)]
    answers.append(_one_of(wanted.items("namespaces"), workload.namespace))
    answers.append(matches_selector(wanted.get("selector"), read_pod_labels(workload), whole=False))
    answers.append(_in_namespace(wanted.get("namespaceSelector"), workload, objects))
    hidden = set(wanted.fields()) - {"kinds", "namespaces", "names", "name", "selector", "namespaceSelector"}
    return all_of([*answers, "unknown" if hidden or set(item.fields()) - {"resources"} else "yes"])


def _in_namespace(selector: Node | None, workload: Workload, objects: Objects) -> Tri:
    around = read_namespace_labels(objects, workload.namespace)
    return matches_selector(selector, around.labels, whole=around.whole)


def _one_of(patterns: list[Node], namespace: str) -> Tri:
    if not patterns:
        return "yes"
    if not namespace or any(is_unresolved(pattern.text) for pattern in patterns):
        return "unknown"
    return "yes" if any(fnmatchcase(namespace, pattern.text) for pattern in patterns) else "no"


def _leads(*mutations: Node | None) -> bool:
    """Tell whether mutations name a VPN, a network, or a container of unknown image."""
    text = "".join(str(mutation.to_plain()) for mutation in mutations if mutation is not None)
    if _LEADS.search(text) is not None or any(map(_adds_unknown_container, mutations)):
        return True
    images = [match["literal"] is None for match in _IMAGE.finditer(text)]
    return _ADDS_CONTAINER.search(text) is not None and any(images)


def _adds_unknown_container(mutation: Node | None) -> bool:
    """Tell whether a strategic-merge patch adds a container whose image a variable tells.

    Kyverno's `(name)` means a container that is there; its image is rewritten, to a mirror as a rule.
    """
    if mutation is None:
        return False
    if isinstance(mutation.value, list):
        return any(map(_adds_unknown_container, mutation.value))
    return any(
        (key.strip("+()") in _CONTAINERS and any(map(_is_unknown_container, child.list)))
        or _adds_unknown_container(child)
        for key, child in mutation.map.items()
    )


def _is_unknown_container(item: Node) -> bool:
    return bool(item.text_at("name")) and is_unresolved(item.text_at("image"))
