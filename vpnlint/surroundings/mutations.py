"""Finds mutating policies that may add a VPN to a Pod, or route its traffic into one, at admission.

vpnlint does not evaluate a mutation, which is an expression in CEL or JMESPath, but looks at the words in it:
most policies of real repositories rewrite registries, remove CPU limits or delay backup jobs, and affect no
packet. A policy does not matter either if its kinds, namespaces, names and labels match none of the
workload's objects.

Sources: Kubernetes v1.36 admissionregistration.k8s.io MutatingAdmissionPolicy (spec.matchConstraints,
spec.mutations, spec.variables); Kyverno 1.17 kyverno.io/v1 ClusterPolicy and Policy (spec.rules[].mutate,
match, exclude) and policies.kyverno.io MutatingPolicy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.surroundings.mutation_targets import (
    AdmittedObject,
    list_admitted_objects,
    match_condition,
    match_name,
)
from vpnlint.surroundings.selectors import (
    judge_namespace,
    matches_selector,
    read_namespace_labels,
    read_pod_labels,
)
from vpnlint.surroundings.trilean import Tri, all_of, any_of, is_unresolved
from vpnlint.workloads.workload import Workload

_NATIVE = ("MutatingAdmissionPolicy", "MutatingPolicy", "NamespacedMutatingPolicy")
_KYVERNO = ("ClusterPolicy", "Policy")
# Words, beside the names of the catalogue's VPNs, for a VPN, for a network or gateway that a Pod requests by
# annotation or label, for a proxy, and for the node's network.
_WORDS = (
    r"vpn|\bwg\b|wg-quick|tailnet|mullvad|nordlynx|net/tun|net_admin|hostnetwork|cni\.cncf\.io|egress"
    r"|set\w*gateway|gateway-?pod|pod-?gateway|[a-z]_proxy\b|socks"
)
# A container may be a VPN's if only a parameter, a variable or the object determines its image.
_ADDS_CONTAINER = defer_pattern(r"ontainers/-|Object\.[\w.]*ontainers\s*\{")
_IMAGE = defer_pattern(r"\bimage[\"']?\s*:\s*(?P<literal>[\"'](?!\{\{)|[\w.-]+[/:@])?")
_CONTAINERS = ("containers", "initContainers")


def find_mutations(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return the `kind` and `name` of each policy that may route the workload's traffic into a VPN."""
    if workload.object is None:
        return []
    words = _compile_words(catalog.list_vpns())
    policies = [
        *_find_native_policies(workload, objects, words),
        *_find_kyverno_policies(workload, objects, words),
    ]
    return [
        {"kind": policy.text_at("kind"), "name": policy.text_at("metadata", "name")} for policy in policies
    ]


@lru_cache(maxsize=1)
def _compile_words(programs: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for words in a mutation that may change where a packet goes."""
    return re.compile("|".join([_WORDS, *map(re.escape, programs)]), re.IGNORECASE)


def _find_native_policies(workload: Workload, objects: Objects, words: re.Pattern[str]) -> Iterator[Node]:
    targets = list_admitted_objects(workload)
    for kind in _NATIVE:
        for policy in objects.of_kind(kind):
            limits = policy.get("spec", "matchConstraints")
            if limits is None or (
                kind == "NamespacedMutatingPolicy" and judge_namespace(policy, workload.namespace) == "no"
            ):
                continue
            requested = {
                item.text for rule in limits.items("resourceRules") for item in rule.items("resources")
            }
            spaces = _match_namespace_selector(limits.get("namespaceSelector"), workload, objects)
            # Only the labels of Pods are compared: a controller has labels of its own.
            labels = (
                matches_selector(limits.get("objectSelector"), read_pod_labels(workload))
                if requested == {"pods"}
                else "yes"
            )
            conditions = [item.text_at("expression") for item in policy.items("spec", "matchConditions")]
            if (
                any(_is_reached(target, requested, conditions) for target in targets)
                and "no" not in (spaces, labels)
                and _may_redirect(words, policy.get("spec", "mutations"), policy.get("spec", "variables"))
            ):
                yield policy


def _is_reached(target: AdmittedObject, resources: set[str], conditions: list[str]) -> bool:
    """Tell whether a native policy for these resources and conditions may change an object."""
    return bool(resources & {POD_KINDS[target.kind].resource, "*", "*/*"}) and all(
        match_condition(condition, target) != "no" for condition in conditions
    )


def _find_kyverno_policies(workload: Workload, objects: Objects, words: re.Pattern[str]) -> Iterator[Node]:
    for kind in _KYVERNO:
        for policy in objects.of_kind(kind):
            if (
                (kind == "ClusterPolicy" or judge_namespace(policy, workload.namespace) != "no")
                and policy.text_at("apiVersion").startswith("kyverno.io/")
                and any(_may_mutate(rule, workload, objects, words) for rule in policy.items("spec", "rules"))
            ):
                yield policy


def _may_mutate(rule: Node, workload: Workload, objects: Objects, words: re.Pattern[str]) -> bool:
    """Tell whether a Kyverno rule may route the traffic of the workload's Pods into a VPN."""
    return (
        _may_redirect(words, rule.get("mutate"))
        and _match_block(rule.get("match"), workload, objects) != "no"
        and (rule.get("exclude") is None or _match_block(rule.get("exclude"), workload, objects) != "yes")
    )


def _match_block(block: Node | None, workload: Workload, objects: Objects) -> Tri:
    """Tell whether a `match` or `exclude` block matches the workload or an object created from it."""
    if block is None:
        return "unknown"
    every, some = block.items("all"), block.items("any")
    if not every and not some:
        return _match_resources(block, workload, objects)
    answers = [_match_resources(item, workload, objects) for item in every or some]
    return all_of(answers) if every else any_of(answers)


def _match_resources(item: Node, workload: Workload, objects: Objects) -> Tri:
    resources = item.get("resources")
    if resources is None:
        return "unknown"
    kinds = {kind.text.rpartition("/")[2] for kind in resources.items("kinds")}
    names = [name.text for name in resources.items("names")]
    names += [resources.text_at("name")] if resources.text_at("name") else []
    targets = [item for item in list_admitted_objects(workload) if not kinds or kinds & {item.kind, "*"}]
    answers = [any_of(match_name(names, target) if names else "yes" for target in targets)]
    answers.append(_match_namespace_name(resources.items("namespaces"), workload.namespace))
    answers.append(matches_selector(resources.get("selector"), read_pod_labels(workload), whole=False))
    answers.append(_match_namespace_selector(resources.get("namespaceSelector"), workload, objects))
    hidden = set(resources.fields()) - {
        "kinds",
        "namespaces",
        "names",
        "name",
        "selector",
        "namespaceSelector",
    }
    return all_of([*answers, "unknown" if hidden or set(item.fields()) - {"resources"} else "yes"])


def _match_namespace_selector(selector: Node | None, workload: Workload, objects: Objects) -> Tri:
    namespace_labels = read_namespace_labels(objects, workload.namespace)
    return matches_selector(selector, namespace_labels.labels, whole=namespace_labels.whole)


def _match_namespace_name(patterns: list[Node], namespace: str) -> Tri:
    if not patterns:
        return "yes"
    if not namespace or any(is_unresolved(pattern.text) for pattern in patterns):
        return "unknown"
    return "yes" if any(fnmatchcase(namespace, pattern.text) for pattern in patterns) else "no"


def _may_redirect(words: re.Pattern[str], *mutations: Node | None) -> bool:
    """Tell whether mutations contain one of the words, or add a container with an unknown image."""
    text = "".join(str(mutation.to_plain()) for mutation in mutations if mutation is not None)
    if words.search(text) is not None or any(map(_adds_unknown_container, mutations)):
        return True
    images = [match["literal"] is None for match in _IMAGE.finditer(text)]
    return _ADDS_CONTAINER.search(text) is not None and any(images)


def _adds_unknown_container(mutation: Node | None) -> bool:
    """Tell whether a strategic-merge patch adds a container whose image is a variable.

    Kyverno's `(name)` selects an existing container, whose image is usually rewritten to a mirror.
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
