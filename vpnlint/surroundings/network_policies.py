"""Finds the network policies that govern a Pod's egress, and whether they leave a way to the internet.

Policies are additive: traffic that one of them allows is allowed (Kubernetes v1.36 networking/v1
NetworkPolicy; Cilium v1.19 Documentation/security/policy/intro.rst), except that Cilium's egressDeny always
wins (deny.rst). No manifest says whether the cluster's network plugin enforces a NetworkPolicy; vpnlint
assumes that it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.egress_rules import denies_world, judge_cilium_rule, judge_kubernetes_rule
from vpnlint.surroundings.selectors import (
    NamespaceLabels,
    judge_namespace,
    matches_endpoint,
    matches_selector,
    read_namespace_labels,
)
from vpnlint.surroundings.trilean import Tri, all_of, any_of


class Governed(NamedTuple):
    """The Pod that policies may select: its labels and namespace, and its tunnel's ports as written."""

    labels: Mapping[str, str]
    namespace: str
    ports: frozenset[str]


class _Policy(NamedTuple):
    """A policy on egress.

    selects: it selects the Pod. opens: a client reaches peers through it. enforces: it denies everything
    else. denies: it denies the whole internet.
    """

    name: str
    selects: Tri
    opens: Tri
    enforces: bool = True
    denies: bool = False


def find_policies(governed: Governed, objects: Objects) -> list[dict[str, Any]]:
    """Return the `name` of each policy that governs the Pod's egress, and whether it `blocks`.

    If every policy blocks (`yes`, not `no` or `unknown`), the Pod reaches the internet only through its
    tunnel.
    """
    policies = list(_list_egress_policies(governed, objects))
    if not any(policy.enforces for policy in policies):
        return []
    denied = any(policy.denies and policy.selects == "yes" for policy in policies)
    if not denied and all(policy.opens == "yes" and not policy.denies for policy in policies):
        # Whichever of them select the Pod, there is a way out.
        return [{"name": policy.name, "blocks": "no"} for policy in policies]
    return [
        {"name": policy.name, "blocks": "yes" if denied else _judge_policy(policy)} for policy in policies
    ]


def judge_policies(policies: list[dict[str, Any]]) -> Tri:
    """Tell whether policies that `find_policies` returned block together."""
    if not policies:
        return "no"
    opened: Mapping[str, Tri] = {"yes": "no", "no": "yes", "unknown": "unknown"}
    return opened[any_of(opened[policy["blocks"]] for policy in policies)]


def _judge_policy(policy: _Policy) -> Tri:
    if policy.opens == "no" and policy.selects == "yes":
        return "yes"
    return "no" if policy.opens == "yes" and policy.selects == "yes" else "unknown"


def _list_egress_policies(governed: Governed, objects: Objects) -> Iterator[_Policy]:
    """Yield the policies that govern the Pod's egress, or may."""
    for root in objects.of_kind("NetworkPolicy"):
        spec = root.get("spec")
        if spec is not None and _is_for_egress(spec):
            matched = matches_selector(spec.get("podSelector"), governed.labels)
            selects = all_of([judge_namespace(root, governed.namespace), matched])
            if selects != "no":
                opens = _judge_rules(spec, "egress", judge_kubernetes_rule, governed)
                yield _Policy(_format_name(root), selects, opens)
    namespace_labels = read_namespace_labels(objects, governed.namespace)
    for kind in ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"):
        for root in objects.of_kind(kind):
            namespaced = kind == "CiliumNetworkPolicy"
            in_namespace = judge_namespace(root, governed.namespace) if namespaced else "yes"
            for spec in (root.get("spec"), *root.items("specs")):
                policy = (
                    _read_cilium_policy(root, spec, governed, namespace_labels) if spec is not None else None
                )
                if policy is not None and (selects := all_of([in_namespace, policy.selects])) != "no":
                    yield policy._replace(selects=selects)


def _read_cilium_policy(
    root: Node, spec: Node, governed: Governed, namespace_labels: NamespaceLabels
) -> _Policy | None:
    selector = spec.get("endpointSelector")
    denies = spec.items("egressDeny")
    if selector is None or not (spec.items("egress") or denies):
        return None
    default = spec.get("enableDefaultDeny", "egress")
    return _Policy(
        name=_format_name(root),
        selects=matches_endpoint(selector, governed.labels, governed.namespace, namespace_labels),
        opens=_judge_rules(spec, "egress", judge_cilium_rule, governed),
        enforces=default is None or default.value is not False,
        denies=any(map(denies_world, denies)),
    )


def _judge_rules(
    spec: Node, key: str, opens: Callable[[Node, frozenset[str]], Tri], governed: Governed
) -> Tri:
    return any_of(opens(rule, governed.ports) for rule in spec.items(key))


def _is_for_egress(spec: Node) -> bool:
    """Tell whether a NetworkPolicy governs egress: without policyTypes, only if it has egress rules."""
    types = spec.items("policyTypes")
    return any(item.text == "Egress" for item in types) if types else bool(spec.items("egress"))


def _format_name(root: Node) -> str:
    return f"{root.text_at('kind')} {root.text_at('metadata', 'name')}"
