"""Label selectors, and the labels they are held against: those of a Pod as Kubernetes and Cilium see it, and a namespace's.

Sources: Kubernetes v1.36 meta/v1 LabelSelector (all requirements hold; NotIn and DoesNotExist also where the key is missing);
Cilium v1.19 Documentation/network/kubernetes/policy.rst and pkg/k8s/apis/cilium.io/const.go (`io.kubernetes.pod.namespace`,
`io.cilium.k8s.namespace.labels.…`; `k8s:` and `any:` before a key name where a label comes from).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.trilean import Tri, all_of, unresolved
from vpnlint.workloads.workload import Workload

Labels: TypeAlias = Mapping[str, str]

_NAMESPACE = "io.kubernetes.pod.namespace"
_NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels."
_SOURCES = ("k8s:", "any:", "k8s.", "any.")
# Cilium makes labels of these prefixes itself, of what no manifest holds.
_MADE = ("io.cilium.", "reserved:")


def pod_labels(workload: Workload) -> dict[str, str]:
    """Return the labels that the workload's Pods will have."""
    return _texts(workload.template, "metadata", "labels")


def namespace_labels(objects: Objects, namespace: str) -> dict[str, str] | None:
    """Return a namespace's labels, with the one that Kubernetes adds; None where no object makes the namespace."""
    found = objects.find("Namespace", "", namespace) if namespace else None
    if found is None:
        return None
    return {**_texts(found, "metadata", "labels"), "kubernetes.io/metadata.name": namespace}


def matches(selector: Node | None, labels: Labels | None) -> Tri:
    """Tell whether a Kubernetes selector matches labels (None: not known); one without requirements matches all."""
    return all_of(_requirements(selector, labels))


def matches_endpoint(selector: Node | None, labels: Labels, namespace: str, around: Labels | None) -> Tri:
    """Tell whether a Cilium selector matches a Pod with these labels in a namespace with the labels `around`."""
    endpoint = {**labels, _NAMESPACE: namespace}
    endpoint |= {_NAMESPACE_LABEL + key: value for key, value in (around or {}).items()}
    return all_of(_requirements(selector, endpoint, cilium=True, whole=around is not None))


def _requirements(
    selector: Node | None, labels: Labels | None, *, cilium: bool = False, whole: bool = True
) -> list[Tri]:
    if selector is None:
        return []
    wanted = [(key, "In", [_text(value)]) for key, value in _map(selector, "matchLabels").items()]
    expressions = selector.get("matchExpressions")
    for item in expressions.list if expressions is not None else []:
        listed = item.get("values")
        texts = [_text(value) for value in (listed.list if listed is not None else [])]
        wanted.append((_text(item.get("key")), _text(item.get("operator")), texts))
    found: list[Tri] = []
    for name, operator, values in wanted:
        key = _bare(name) if cilium else name
        made = cilium and key.startswith(_MADE) and not (whole and key.startswith(_NAMESPACE_LABEL))
        known = labels is not None and not made and not (key == _NAMESPACE and not (labels or {}).get(key))
        found.append(_holds(key, operator, values, labels or {}) if known else "unknown")
    return found


def _bare(key: str) -> str:
    return next((key.removeprefix(source) for source in _SOURCES if key.startswith(source)), key)


def _holds(key: str, operator: str, values: list[str], labels: Labels) -> Tri:
    value = labels.get(key)
    if any(map(unresolved, [key, *values, value or ""])):
        return "unknown"
    if operator in ("Exists", "DoesNotExist"):
        return "yes" if (value is not None) == (operator == "Exists") else "no"
    if operator in ("In", "NotIn"):
        return "yes" if (value in values) == (operator == "In") else "no"
    return "unknown"


def _map(node: Node, key: str) -> dict[str, Node]:
    child = node.get(key)
    return child.map if child is not None else {}


def _texts(node: Node | None, *path: str) -> dict[str, str]:
    child = node.get(*path) if node is not None else None
    return {key: _text(value) for key, value in child.map.items()} if child is not None else {}


def _text(node: Node | None) -> str:
    value = node.value if node is not None else None
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
