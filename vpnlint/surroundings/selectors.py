"""Matches namespaces and label selectors of objects against a Pod, as Kubernetes and Cilium do.

Sources: Kubernetes v1.36 meta/v1 LabelSelector (all requirements must hold; NotIn and DoesNotExist also hold
if the key is missing); Cilium v1.19 Documentation/network/kubernetes/policy.rst and
pkg/k8s/apis/cilium.io/const.go (`io.kubernetes.pod.namespace`, `io.cilium.k8s.namespace.labels.…`; the
prefixes `k8s:` and `any:` of a key say where the label comes from).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from vpnlint.gitops.objects import Objects, may_be_in_namespace
from vpnlint.source.node import Node
from vpnlint.surroundings.trilean import Tri, all_of, is_unresolved
from vpnlint.workloads.workload import Workload

Labels: TypeAlias = Mapping[str, str]

# Kubernetes gives every namespace this label (v1.36 pkg/registry/core/namespace/strategy.go).
_NAMESPACE_NAME = "kubernetes.io/metadata.name"
_NAMESPACE = "io.kubernetes.pod.namespace"
_NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels."
_SOURCES = ("k8s:", "any:", "k8s.", "any.")
# Cilium adds labels with these prefixes; no manifest holds them.
_ADDED_BY_CILIUM = ("io.cilium.", "reserved:")


class NamespaceLabels(NamedTuple):
    """A namespace's known labels.

    whole: an applied object defines the namespace, so it has no other labels.
    """

    labels: Labels
    whole: bool


def read_pod_labels(workload: Workload) -> dict[str, str]:
    """Return the labels that the workload's Pods will have."""
    return read_labels(workload.template) if workload.template is not None else {}


def read_namespace_labels(objects: Objects, namespace: str) -> NamespaceLabels:
    """Return a namespace's known labels, including the one that Kubernetes adds."""
    own = {_NAMESPACE_NAME: namespace} if namespace else {}
    root = objects.find("Namespace", "", namespace) if namespace else None
    if root is None:
        return NamespaceLabels(own, whole=False)
    return NamespaceLabels({**read_labels(root), **own}, whole=True)


def judge_namespace(root: Node, namespace: str) -> Tri:
    """Tell whether an object is in a workload's namespace.

    The answer is `unknown` if only one of the two has a namespace, since whoever applies the other one
    chooses it, and if a namespace holds a variable. Two objects without a namespace are applied to the same.
    """
    own = root.text_at("metadata", "namespace")
    if own == namespace:
        return "yes"
    unresolved = is_unresolved(own) or is_unresolved(namespace)
    return "unknown" if unresolved or may_be_in_namespace(root, namespace) else "no"


def matches_selector(selector: Node | None, labels: Labels, *, whole: bool = True) -> Tri:
    """Tell whether a Kubernetes selector matches labels; a selector without requirements matches any.

    whole: there are no other labels. If there may be, a requirement on a label that is not here is `unknown`.
    """
    return all_of(
        _judge_requirement(key, operator, values, labels) if whole or key in labels else "unknown"
        for key, operator, values in _read_requirements(selector)
    )


def matches_endpoint(
    selector: Node | None, labels: Labels, namespace: str, namespace_labels: NamespaceLabels
) -> Tri:
    """Tell whether a Cilium selector matches a Pod with these labels in this namespace."""
    endpoint = {**labels, **{_NAMESPACE_LABEL + key: value for key, value in namespace_labels.labels.items()}}
    if namespace:
        endpoint[_NAMESPACE] = namespace

    def judge(key: str, operator: str, values: list[str]) -> Tri:
        of_namespace = key.startswith(_NAMESPACE_LABEL)
        hidden = (of_namespace and not namespace_labels.whole) or (
            key.startswith(_ADDED_BY_CILIUM) and not of_namespace
        )
        if key not in endpoint and (hidden or key == _NAMESPACE):
            return "unknown"
        return _judge_requirement(key, operator, values, endpoint)

    return all_of(
        judge(_strip_source(key), operator, values) for key, operator, values in _read_requirements(selector)
    )


def _read_requirements(selector: Node | None) -> list[tuple[str, str, list[str]]]:
    """Return the key, operator and values of each requirement of a selector."""
    if selector is None:
        return []
    requirements = [(key, "In", [value.scalar_text]) for key, value in selector.fields("matchLabels").items()]
    for item in selector.items("matchExpressions"):
        texts = [value.scalar_text for value in item.items("values")]
        requirements.append((item.scalar_at("key"), item.scalar_at("operator"), texts))
    return requirements


def _strip_source(key: str) -> str:
    return next((key.removeprefix(source) for source in _SOURCES if key.startswith(source)), key)


def _judge_requirement(key: str, operator: str, values: list[str], labels: Labels) -> Tri:
    value = labels.get(key)
    if any(map(is_unresolved, [key, *values, value or ""])):
        return "unknown"
    if operator in ("Exists", "DoesNotExist"):
        return "yes" if (value is not None) == (operator == "Exists") else "no"
    if operator in ("In", "NotIn"):
        return "yes" if (value in values) == (operator == "In") else "no"
    return "unknown"


def read_labels(root: Node) -> dict[str, str]:
    """Return the labels of an object."""
    return {key: value.scalar_text for key, value in root.fields("metadata", "labels").items()}
