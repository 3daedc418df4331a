"""Matches label selectors against the labels of a Pod and of a namespace, as Kubernetes and Cilium do.

Sources: Kubernetes v1.36 meta/v1 LabelSelector (all requirements hold; NotIn and DoesNotExist also where the
key is missing); Cilium v1.19 Documentation/network/kubernetes/policy.rst and pkg/k8s/apis/cilium.io/const.go
(`io.kubernetes.pod.namespace`, `io.cilium.k8s.namespace.labels.…`; `k8s:` and `any:` before a key name where
a label comes from).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.trilean import Tri, all_of, is_unresolved
from vpnlint.workloads.workload import Workload

Labels: TypeAlias = Mapping[str, str]

# The label that Kubernetes gives every namespace by itself (v1.36 pkg/registry/core/namespace/strategy.go).
_NAMESPACE_NAME = "kubernetes.io/metadata.name"
_NAMESPACE = "io.kubernetes.pod.namespace"
_NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels."
_SOURCES = ("k8s:", "any:", "k8s.", "any.")
# Cilium makes labels of these prefixes itself, of what no manifest holds.
_MADE = ("io.cilium.", "reserved:")


class NamespaceLabels(NamedTuple):
    """The labels of a namespace as far as known.

    whole: an object makes the namespace, so it has no others.
    """

    labels: Labels
    whole: bool


def read_pod_labels(workload: Workload) -> dict[str, str]:
    """Return the labels that the workload's Pods will have."""
    return read_labels(workload.template) if workload.template is not None else {}


def read_namespace_labels(objects: Objects, namespace: str) -> NamespaceLabels:
    """Return a namespace's labels, with the one that Kubernetes adds."""
    own = {_NAMESPACE_NAME: namespace} if namespace else {}
    found = objects.find("Namespace", "", namespace) if namespace else None
    if found is None:
        return NamespaceLabels(own, whole=False)
    return NamespaceLabels({**read_labels(found), **own}, whole=True)


def may_stand_in(root: Node, namespace: str) -> bool:
    """Tell whether an object is in a namespace; of one without, whoever applies it says."""
    return root.text_at("metadata", "namespace") in ("", namespace)


def matches_selector(selector: Node | None, labels: Labels, *, whole: bool = True) -> Tri:
    """Tell whether a Kubernetes selector matches; one without requirements matches all.

    whole: there are no labels but these; else a requirement on another one is `unknown`.
    """
    return all_of(
        _holds(key, operator, values, labels) if whole or key in labels else "unknown"
        for key, operator, values in _requirements(selector)
    )


def matches_endpoint(selector: Node | None, labels: Labels, namespace: str, around: NamespaceLabels) -> Tri:
    """Tell whether a Cilium selector matches a Pod with these labels in a namespace with those labels."""
    endpoint = {**labels, **{_NAMESPACE_LABEL + key: value for key, value in around.labels.items()}}
    if namespace:
        endpoint[_NAMESPACE] = namespace

    def holds(key: str, operator: str, values: list[str]) -> Tri:
        of_namespace = key.startswith(_NAMESPACE_LABEL)
        hidden = (of_namespace and not around.whole) or (key.startswith(_MADE) and not of_namespace)
        if key not in endpoint and (hidden or key == _NAMESPACE):
            return "unknown"
        return _holds(key, operator, values, endpoint)

    return all_of(holds(_bare(key), operator, values) for key, operator, values in _requirements(selector))


def _requirements(selector: Node | None) -> list[tuple[str, str, list[str]]]:
    """Return what a selector asks for: key, operator and values."""
    if selector is None:
        return []
    wanted = [(key, "In", [value.scalar_text]) for key, value in selector.fields("matchLabels").items()]
    for item in selector.items("matchExpressions"):
        texts = [value.scalar_text for value in item.items("values")]
        wanted.append((item.scalar_at("key"), item.scalar_at("operator"), texts))
    return wanted


def _bare(key: str) -> str:
    return next((key.removeprefix(source) for source in _SOURCES if key.startswith(source)), key)


def _holds(key: str, operator: str, values: list[str], labels: Labels) -> Tri:
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
