"""Tests which mutating policies may redirect a Pod's traffic."""

from __future__ import annotations

import pytest

from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, pod, workload
from vpnlint.surroundings.mutations import find_mutations

CATALOG = RULESET.catalog

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
CONTAINERS = "Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: 'gluetun'}]}}"


@pytest.mark.parametrize("kind", ["MutatingAdmissionPolicy", "MutatingPolicy", "NamespacedMutatingPolicy"])
def test_a_mutation_of_pods_containers_may_add_a_vpn(kind: str) -> None:
    text = NATIVE.replace("KIND", kind).replace("EXPRESSION", CONTAINERS)
    assert find_mutations(POD, objects(text.replace("RESOURCE", "pods")), CATALOG) == [
        {"kind": kind, "name": "inject"}
    ]
    assert find_mutations(POD, objects(text.replace("RESOURCE", "configmaps")), CATALOG) == []


@pytest.mark.parametrize(
    ("expression", "leads"),
    [
        # The policies of real repositories: a mirror, a backup job's delay, a removed limit.
        (
            "object.spec.containers.map(c, JSONPatch{op: 'replace', path: '/spec/containers/0/image', value: 'm/' + c.image})",
            False,
        ),
        (
            "[JSONPatch{op: 'add', path: '/spec/initContainers/-', value: Object.spec.initContainers{name: 'jitter', image: 'busybox:1.37'}}]",
            False,
        ),
        ("[JSONPatch{op: 'remove', path: '/spec/containers/0/resources/limits/cpu'}]", False),
        ("Object{metadata: Object.metadata{labels: {'app.kubernetes.io/part-of': 'media'}}}", False),
        # A container whose image only a parameter names, a network, a gateway.
        (
            "[JSONPatch{op: 'add', path: '/spec/initContainers/-', value: Object.spec.initContainers{name: 'x', image: params.image}}]",
            True,
        ),
        ("Object{metadata: Object.metadata{annotations: {'k8s.v1.cni.cncf.io/networks': 'exit'}}}", True),
        ("Object{metadata: Object.metadata{labels: {'setGateway': 'true'}}}", True),
        ("Object{spec: Object.spec{hostNetwork: true}}", True),
        # A VPN that only the catalogue names.
        ("Object{metadata: Object.metadata{labels: {'sidecar': 'windscribe'}}}", True),
    ],
)
def test_what_a_mutation_names_tells_whether_it_leads_traffic(expression: str, leads: bool) -> None:
    text = NATIVE.replace("KIND", "MutatingPolicy").replace("RESOURCE", "pods")
    assert bool(find_mutations(POD, objects(text.replace("EXPRESSION", expression)), CATALOG)) is leads


@pytest.mark.parametrize(
    ("resource", "reaches"),
    [("deployments", True), ("replicasets", True), ("pods", True), ("jobs", False), ("statefulsets", False)],
)
def test_a_mutation_reaches_the_kinds_that_a_deployment_becomes(resource: str, reaches: bool) -> None:
    deployment = workload("""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: torrents, namespace: downloads}
        spec: {template: {spec: {containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}}}
        """)
    text = NATIVE.replace("KIND", "MutatingAdmissionPolicy").replace("EXPRESSION", CONTAINERS)
    assert bool(find_mutations(deployment, objects(text.replace("RESOURCE", resource)), CATALOG)) is reaches


def test_a_namespace_selector_that_cannot_match_keeps_a_mutation_away() -> None:
    text = (
        NATIVE.replace("KIND", "MutatingPolicy").replace("RESOURCE", "pods").replace("EXPRESSION", CONTAINERS)
    )
    named = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}, resourceRules"
    for name, reaches in (("downloads", True), ("media", False)):
        limited = text.replace("resourceRules", named.replace("NAME", name))
        assert bool(find_mutations(POD, objects(limited), CATALOG)) is reaches


@pytest.mark.parametrize(("excluded", "changes"), [("downloads", False), ("media", True)])
def test_a_kyverno_rule_leaves_out_what_it_excludes(excluded: str, changes: bool) -> None:
    text = KYVERNO.replace("KIND", "Pod").replace("NAMESPACE", "'*'")
    exclude = f"exclude: {{any: [{{resources: {{namespaces: [{excluded}]}}}}]}}\n      mutate:"
    assert bool(find_mutations(POD, objects(text.replace("mutate:", exclude)), CATALOG)) is changes


def test_a_mutation_that_touches_nothing_that_decides_is_none() -> None:
    text = NATIVE.replace("KIND", "MutatingPolicy").replace("RESOURCE", "pods")
    assert (
        find_mutations(
            POD, objects(text.replace("EXPRESSION", "Object{spec: Object.spec{priority: 1}}")), CATALOG
        )
        == []
    )


@pytest.mark.parametrize(
    ("kind", "namespace", "changes"),
    [
        ("Pod", "downloads", True),
        ("v1/Pod", "down*", True),
        ("apps/v1/Deployment", "down*", False),
        ("Pod", "other", False),
        ("Service", "downloads", False),
    ],
)
def test_a_kyverno_rule_changes_what_it_matches(kind: str, namespace: str, changes: bool) -> None:
    text = KYVERNO.replace("KIND", kind).replace("NAMESPACE", f"'{namespace}'")
    assert bool(find_mutations(POD, objects(text), CATALOG)) is changes


def test_a_kyverno_policy_that_validates_changes_nothing() -> None:
    text = KYVERNO.replace("KIND", "Pod").replace("NAMESPACE", "downloads").replace("mutate:", "validate:")
    assert find_mutations(POD, objects(text), CATALOG) == []


DEPLOYMENT = workload("""
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: torrents, namespace: downloads, labels: {tier: media}}
    spec:
      template:
        metadata: {labels: {app: torrents}}
        spec: {containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}
    """)


@pytest.mark.parametrize(
    ("condition", "reaches"),
    [
        # The conditions of real policies, about backup jobs and the Pods of gateways.
        ('object.metadata.name.startsWith("volsync-src-")', False),
        (
            'object.metadata.?name.orValue("").startsWith("kopia-") || object.metadata.generateName.startsWith("kopia-")',
            False,
        ),
        ('object.metadata.?labels[?"app.kubernetes.io/created-by"].orValue("") == "volsync"', False),
        ('object.metadata.name.startsWith("torrents-")', True),
        ('object.metadata.name == "torrents-5c9d8-x2x9z"', True),
        ('object.metadata.name == "torrents"', False),
        ('object.metadata.labels["app"] == "torrents"', True),
        ('has(object.metadata.labels) && object.metadata.labels["app"] == "sonarr"', False),
        # A condition that is not read may hold: negations, ternaries, macros, other fields.
        ('!(object.metadata.name == "x")', True),
        ('params.on ? true : object.metadata.name == "x"', True),
        ('object.spec.containers.exists(c, c.name == "main" && object.metadata.name == "x")', True),
        ("has(object.spec.volumes)", True),
        ("object.metadata.name.startsWith(params.prefix)", True),
    ],
)
def test_a_condition_about_other_names_or_labels_keeps_a_mutation_away(condition: str, reaches: bool) -> None:
    text = NATIVE.replace("KIND", "MutatingAdmissionPolicy").replace("EXPRESSION", CONTAINERS)
    text = text.replace("RESOURCE", "pods") + f"  matchConditions: [{{name: a, expression: '{condition}'}}]\n"
    assert bool(find_mutations(DEPLOYMENT, objects(text), CATALOG)) is reaches


@pytest.mark.parametrize(
    ("kind", "name", "reaches"),
    [
        ("Pod", "torrents-*", True),
        ("Pod", "torr*", True),
        ("Pod", "*", True),
        ("Pod", "volsync-*", False),
        ("Pod", "torrents", False),
        ("Deployment", "torrents", True),
        ("Deployment", "torrent?", True),
        ("Deployment", "torrents-*", False),
    ],
)
def test_a_kyverno_rule_about_other_names_changes_nothing(kind: str, name: str, reaches: bool) -> None:
    text = KYVERNO.replace("KIND", kind).replace("NAMESPACE", f"downloads], names: ['{name}'")
    assert bool(find_mutations(DEPLOYMENT, objects(text), CATALOG)) is reaches


@pytest.mark.parametrize(
    ("mutation", "leads"),
    [
        # A mirror for the images of existing containers, a removed limit, DNS, a label.
        (
            'patchStrategicMerge: {spec: {containers: [{(name): "*", image: "mirror/{{ element.image }}"}]}}',
            False,
        ),
        ("patchStrategicMerge: {spec: {dnsConfig: {options: [{name: ndots, value: '1'}]}}}", False),
        ("patchesJson6902: '[{op: remove, path: /spec/containers/0/resources/limits/cpu}]'", False),
        ("patchStrategicMerge: {spec: {initContainers: [{name: wait, image: busybox:1.37}]}}", False),
        # A container whose image is a variable, a VPN, the node's network.
        (
            'patchStrategicMerge: {spec: {containers: [{name: extra, image: "{{ sidecar.data.image }}"}]}}',
            True,
        ),
        ("foreach: [{patchStrategicMerge: {spec: {initContainers: [{name: a, image: '{{ a }}'}]}}}]", True),
        ("patchStrategicMerge: {spec: {containers: [{name: a, image: qmcgaw/gluetun:v3.41.3}]}}", True),
        ("patchStrategicMerge: {spec: {hostNetwork: true}}", True),
        (
            "patchesJson6902: '[{op: add, path: /spec/containers/-, value: {name: a, image: \"{{ a }}\"}}]'",
            True,
        ),
    ],
)
def test_a_kyverno_mutation_matters_if_it_can_lead_traffic(mutation: str, leads: bool) -> None:
    whole = 'patchStrategicMerge: {metadata: {labels: {setGateway: "true"}}}'
    text = KYVERNO.replace("KIND", "Pod").replace("NAMESPACE", "downloads").replace(whole, mutation)
    assert bool(find_mutations(DEPLOYMENT, objects(text), CATALOG)) is leads
