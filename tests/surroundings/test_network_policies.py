"""Tests which network policies leave a torrent client a way past the tunnel."""

from __future__ import annotations

import pytest

from tests.surroundings.stand_ins import objects
from vpnlint.surroundings.network_policies import Governed, find_policies, judge_policies

POD = Governed({"app": "torrents"}, "downloads", frozenset(("4242", "${VPN_PORT}")))
KUBERNETES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p, namespace: downloads}}
spec: {{podSelector: {{}}, {spec}}}
"""
CILIUM = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: p, namespace: downloads}}
spec: {{endpointSelector: {{matchLabels: {{k8s:app: torrents}}}}, {spec}}}
"""
WORLD = "to: [{ipBlock: {cidr: 0.0.0.0/0}}]"
DNS = "{to: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}]}"


def answer(text: str) -> str:
    return judge_policies(find_policies(POD, objects(text)))


@pytest.mark.parametrize(
    ("spec", "blocks"),
    [
        ("policyTypes: [Ingress]", "no"),
        ("policyTypes: [Egress]", "yes"),
        ("egress: []", "no"),
        ("policyTypes: [Egress], egress: []", "yes"),
        ("egress: [{}]", "no"),
        (f"egress: [{DNS}]", "yes"),
        (f"egress: [{DNS}, {{{WORLD}}}]", "no"),
        (f"egress: [{{{WORLD}, ports: [{{port: 51820, protocol: UDP}}]}}]", "yes"),
        (f"egress: [{{{WORLD}, ports: [{{port: 4242, protocol: UDP}}]}}]", "yes"),
        (f"egress: [{{{WORLD}, ports: [{{port: '${{VPN_PORT}}', protocol: UDP}}]}}]", "yes"),
        (f"egress: [{{{WORLD}, ports: [{{port: '${{OTHER}}', protocol: UDP}}]}}]", "unknown"),
        (f"egress: [{{{WORLD}, ports: [{{port: 1080}}]}}]", "unknown"),
        (f"egress: [{{{WORLD}, ports: [{{port: 443}}]}}]", "no"),
        (f"egress: [{{{WORLD}, ports: [{{port: 443, protocol: UDP}}]}}]", "yes"),
        (f"egress: [{{{WORLD}, ports: [{{port: 1024, endPort: 65535}}]}}]", "no"),
        (f"egress: [{{{WORLD}, ports: [{{port: 6881}}]}}]", "no"),
        ("egress: [{ports: [{port: 51820, protocol: UDP}]}]", "yes"),
        ("egress: [{to: [{ipBlock: {cidr: 198.51.100.7/32}}]}]", "yes"),
        ("egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 192.168.0.0/16}}]}]", "yes"),
        ("egress: [{to: [{ipBlock: {cidr: 172.0.0.0/8}}]}]", "no"),
        ("egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [0.0.0.0/1, 128.0.0.0/1]}}]}]", "yes"),
        ("egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]", "no"),
        ("egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]", "no"),
        ("egress: [{to: [{ipBlock: {cidr: '${CIDR}'}}]}]", "unknown"),
    ],
)
def test_a_network_policy(spec: str, blocks: str) -> None:
    assert answer(KUBERNETES.format(spec=spec)) == blocks


@pytest.mark.parametrize(
    ("spec", "blocks"),
    [
        ("ingress: [{fromEntities: [world]}]", "no"),
        ("egress: []", "no"),
        ("egress: [{}]", "yes"),
        ("egress: [{toEntities: [cluster]}]", "yes"),
        ("egress: [{toEntities: [all]}]", "no"),
        ("egress: [{toEntities: [world], toPorts: [{ports: [{port: '51820', protocol: UDP}]}]}]", "yes"),
        ("egress: [{toEntities: [world], toPorts: [{ports: [{port: '443'}]}]}]", "no"),
        ("egress: [{toPorts: [{ports: [{port: '8472', protocol: UDP}]}]}]", "yes"),
        ("egress: [{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]", "no"),
        ("egress: [{icmps: [{fields: [{type: 8, family: IPv4}]}]}]", "yes"),
        ("egress: [{toCIDR: [0.0.0.0/0]}]", "no"),
        ("egress: [{toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}]", "no"),
        ("egress: [{toCIDRSet: [{cidrGroupRef: vpn}]}]", "unknown"),
        ("egress: [{toFQDNs: [{matchName: vpn.example.org}]}]", "yes"),
        ("egress: [{toFQDNs: [{matchPattern: '*.example.org'}]}]", "yes"),
        ("egress: [{toFQDNs: [{matchPattern: '*'}]}]", "no"),
        ("egress: [{toEntities: [world]}], egressDeny: [{toEntities: [world]}]", "yes"),
        (
            "egress: [{toEntities: [world]}], egressDeny: [{toEntities: [world], toPorts: [{ports: [{port: '25'}]}]}]",
            "no",
        ),
        ("enableDefaultDeny: {egress: false}, egress: [{toEntities: [cluster]}]", "no"),
    ],
)
def test_a_policy_of_cilium(spec: str, blocks: str) -> None:
    assert answer(CILIUM.format(spec=spec)) == blocks


def test_policies_add_up() -> None:
    closed, opened = (
        KUBERNETES.format(spec="policyTypes: [Egress]"),
        CILIUM.format(spec="egress: [{toEntities: [world]}]"),
    )
    assert answer(closed) == "yes"
    assert answer(f"{closed}---{opened}") == "no"


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ("matchLabels: {io.kubernetes.pod.namespace: downloads}", "yes"),
        ("matchLabels: {k8s:io.kubernetes.pod.namespace: media}", "no"),
        ("matchLabels: {app: '${APP}'}", "unknown"),
        ("matchExpressions: [{key: app, operator: In, values: [torrents, other]}]", "yes"),
        ("matchExpressions: [{key: app, operator: NotIn, values: [torrents]}]", "no"),
        ("matchExpressions: [{key: other, operator: DoesNotExist}]", "yes"),
        ("matchExpressions: [{key: app, operator: Exists}]", "yes"),
        ("matchLabels: {io.cilium.k8s.namespace.labels.team: torrents}", "unknown"),
        ("matchLabels: {io.cilium.k8s.policy.serviceaccount: default}", "unknown"),
    ],
)
def test_who_is_selected_clusterwide(selector: str, selects: str) -> None:
    policy = f"""
    apiVersion: cilium.io/v2
    kind: CiliumClusterwideNetworkPolicy
    metadata: {{name: p}}
    spec: {{endpointSelector: {{{selector}}}, egress: [{{}}]}}
    """
    assert answer(policy) == selects


def test_a_policy_of_another_namespace_is_none() -> None:
    policy = KUBERNETES.format(spec="policyTypes: [Egress]").replace("downloads", "media")
    assert find_policies(POD, objects(policy)) == []


@pytest.mark.parametrize(
    ("own", "pods", "blocks"),
    [
        ("downloads", "downloads", "yes"),
        ("", "", "yes"),
        ("other", "downloads", "no"),
        # Whoever applies the object without a namespace chooses it, and may choose another one.
        ("", "downloads", "unknown"),
        ("downloads", "", "unknown"),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        KUBERNETES.format(spec="policyTypes: [Egress]"),
        CILIUM.format(spec="egress: [{toEndpoints: [{}]}]"),
    ],
)
def test_a_policy_governs_the_pods_of_its_namespace(own: str, pods: str, blocks: str, form: str) -> None:
    policies = objects(form.replace("namespace: downloads", f"namespace: '{own}'"))
    assert judge_policies(find_policies(POD._replace(namespace=pods), policies)) == blocks
