"""Finds the network policies that govern what a Pod sends, and whether they leave a way to the internet.

Policies add up: what one of them opens is open (Kubernetes v1.36 networking/v1 NetworkPolicy; Cilium v1.19
Documentation/security/policy/intro.rst), but what Cilium's egressDeny denies stays denied (deny.rst). Whether
the cluster's network plugin enforces NetworkPolicy stands in no manifest; they are taken at their word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.egress_rules import cilium_rule_opens, denies_world, kubernetes_rule_opens
from vpnlint.surroundings.selectors import (
    NamespaceLabels,
    matches_endpoint,
    matches_selector,
    read_namespace_labels,
)
from vpnlint.surroundings.trilean import Tri, all_of, any_of


class Governed(NamedTuple):
    """What policies select by: the Pod's labels and namespace; and the ports of its tunnel, as written."""

    labels: Mapping[str, str]
    namespace: str
    ports: frozenset[str]


@dataclass(frozen=True)
class _Policy:
    """A policy on what a Pod sends.

    opens: peers are reached through it. enforces: the rest is denied.
    """

    name: str
    selects: Tri
    opens: Tri
    enforces: bool = True
    denies: bool = False


def find_policies(governed: Governed, objects: Objects) -> list[dict[str, Any]]:
    """Return name and `blocks` (yes, no, unknown) of each policy that governs what the Pod sends.

    The Pod has no way to the internet but its tunnel's where each of them blocks.
    """
    found = [policy for policy in _selecting(governed, objects) if policy.selects != "no"]
    if not any(policy.enforces for policy in found):
        return []
    denied = any(policy.denies and policy.selects == "yes" for policy in found)
    return [{"name": policy.name, "blocks": "yes" if denied else _blocks(policy)} for policy in found]


def judge_policies(found: list[dict[str, Any]]) -> Tri:
    """Return whether policies, as `policies` returns them, together block."""
    if not found:
        return "no"
    opened: Mapping[str, Tri] = {"yes": "no", "no": "yes", "unknown": "unknown"}
    return opened[any_of(opened[policy["blocks"]] for policy in found)]


def _blocks(policy: _Policy) -> Tri:
    if policy.opens == "no" and policy.selects == "yes":
        return "yes"
    return "no" if policy.opens == "yes" and policy.selects == "yes" else "unknown"


def _selecting(governed: Governed, objects: Objects) -> Iterator[_Policy]:
    for root in objects.of_kind("NetworkPolicy"):
        spec = root.get("spec")
        if spec is not None and _is_for_egress(spec):
            matched = matches_selector(spec.get("podSelector"), governed.labels)
            selects = all_of([_is_here(root, governed), matched])
            yield _Policy(_name(root), selects, _open(spec, "egress", kubernetes_rule_opens, governed))
    around = read_namespace_labels(objects, governed.namespace)
    for kind in ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"):
        for root in objects.of_kind(kind):
            here = _is_here(root, governed) if kind == "CiliumNetworkPolicy" else "yes"
            for spec in (root.get("spec"), *root.items("specs")):
                policy = _cilium(root, spec, governed, around) if spec is not None else None
                if policy is not None:
                    yield replace(policy, selects=all_of([here, policy.selects]))


def _cilium(root: Node, spec: Node, governed: Governed, around: NamespaceLabels) -> _Policy | None:
    selector = spec.get("endpointSelector")
    denies = spec.items("egressDeny")
    if selector is None or not (spec.items("egress") or denies):
        return None
    default = spec.get("enableDefaultDeny", "egress")
    return _Policy(
        name=_name(root),
        selects=matches_endpoint(selector, governed.labels, governed.namespace, around),
        opens=_open(spec, "egress", cilium_rule_opens, governed),
        enforces=default is None or default.value is not False,
        denies=any(map(denies_world, denies)),
    )


def _open(spec: Node, key: str, opens: Callable[[Node, frozenset[str]], Tri], governed: Governed) -> Tri:
    return any_of(opens(rule, governed.ports) for rule in spec.items(key))


def _is_here(root: Node, governed: Governed) -> Tri:
    """Tell whether a policy is in the Pod's namespace; without one, that is up to whoever applies it."""
    own = root.text_at("metadata", "namespace")
    if own == governed.namespace:
        return "yes"
    return "no" if own and governed.namespace else "unknown"


def _is_for_egress(spec: Node) -> bool:
    """Without policyTypes a NetworkPolicy is for egress only if it has egress rules."""
    types = spec.items("policyTypes")
    return any(item.text == "Egress" for item in types) if types else bool(spec.items("egress"))


def _name(root: Node) -> str:
    return f"{root.text_at('kind')} {root.text_at('metadata', 'name')}"
