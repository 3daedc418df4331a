"""Tests the namespaces of objects, and selectors of namespaces."""

from __future__ import annotations

import pytest

from tests.surroundings.stand_ins import objects, roots
from vpnlint.surroundings.selectors import judge_namespace, matches_selector, read_namespace_labels

NOTHING = objects("kind: ConfigMap")
NAMESPACE = objects("{kind: Namespace, metadata: {name: media, labels: {vpn: 'true'}}}")


@pytest.mark.parametrize(
    ("own", "of_workload", "answer"),
    [
        ("media", "media", "yes"),
        ("media", "other", "no"),
        ('""', "media", "unknown"),
        ("media", "", "unknown"),
        ('""', "", "yes"),
        ("'${NS}'", "media", "unknown"),
        ("media", "${NS}", "unknown"),
        ("'${NS}'", "${NS}", "yes"),
    ],
)
def test_an_object_is_elsewhere_only_if_both_namespaces_are_known(
    own: str, of_workload: str, answer: str
) -> None:
    (root,) = roots(f"{{kind: Service, metadata: {{name: web, namespace: {own}}}}}")
    assert judge_namespace(root, of_workload) == answer


@pytest.mark.parametrize(
    ("selector", "alone", "made"),
    [
        ("{matchLabels: {kubernetes.io/metadata.name: media}}", "yes", "yes"),
        ("{matchLabels: {kubernetes.io/metadata.name: other}}", "no", "no"),
        ("{matchLabels: {vpn: 'true'}}", "unknown", "yes"),
        ("{matchLabels: {vpn: 'true', kubernetes.io/metadata.name: other}}", "no", "no"),
        (
            "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [media, b]}]}",
            "yes",
            "yes",
        ),
        ("{matchExpressions: [{key: other, operator: DoesNotExist}]}", "unknown", "yes"),
    ],
)
def test_kubernetes_sets_the_name_of_a_namespace_itself(selector: str, alone: str, made: str) -> None:
    (root,) = roots(selector)
    for found, answer in ((NOTHING, alone), (NAMESPACE, made)):
        labels, whole = read_namespace_labels(found, "media")
        assert matches_selector(root, labels, whole=whole) == answer
