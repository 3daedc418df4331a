"""Policies that may change a Pod at admission."""

from __future__ import annotations

import pytest

from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.mutations import find_mutations

POD = pod("{containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}")
NATIVE = """
kind: KIND
metadata: {name: inject}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [RESOURCE]}]}
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "EXPRESSION"}}]
"""
KYVERNO = """
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: inject}
spec:
  rules:
    - name: gateway
      match: {any: [{resources: {kinds: [KIND], namespaces: [NAMESPACE]}}]}
      mutate: {patchStrategicMerge: {metadata: {labels: {setGateway: "true"}}}}
"""
CONTAINERS = "Object{spec: Object.spec{initContainers: []}}"


@pytest.mark.parametrize("kind", ["MutatingAdmissionPolicy", "MutatingPolicy", "NamespacedMutatingPolicy"])
def test_a_mutation_of_pods_containers_may_add_a_vpn(kind: str) -> None:
    text = NATIVE.replace("KIND", kind).replace("EXPRESSION", CONTAINERS)
    assert find_mutations(POD, objects(text.replace("RESOURCE", "pods"))) == [
        {"kind": kind, "name": "inject"}
    ]
    assert find_mutations(POD, objects(text.replace("RESOURCE", "configmaps"))) == []


def test_a_mutation_that_touches_nothing_that_decides_is_none() -> None:
    text = NATIVE.replace("KIND", "MutatingPolicy").replace("RESOURCE", "pods")
    assert (
        find_mutations(POD, objects(text.replace("EXPRESSION", "Object{spec: Object.spec{priority: 1}}")))
        == []
    )


@pytest.mark.parametrize(
    ("kind", "namespace", "changes"),
    [
        ("Pod", "downloads", True),
        ("apps/v1/Deployment", "down*", True),
        ("Pod", "other", False),
        ("Service", "downloads", False),
    ],
)
def test_a_kyverno_rule_changes_what_it_matches(kind: str, namespace: str, changes: bool) -> None:
    text = KYVERNO.replace("KIND", kind).replace("NAMESPACE", f"'{namespace}'")
    assert bool(find_mutations(POD, objects(text))) is changes


def test_a_kyverno_policy_that_validates_changes_nothing() -> None:
    text = KYVERNO.replace("KIND", "Pod").replace("NAMESPACE", "downloads").replace("mutate:", "validate:")
    assert find_mutations(POD, objects(text)) == []
