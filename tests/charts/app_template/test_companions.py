"""Tests app-template's other objects, and the templating of all values since common 5.2."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.app_template.derived import ONE, container, controllers, objects, pod, spec
from vpnlint.errors import UnknownChart

SELECTOR = {
    "app.kubernetes.io/controller": "c",
    "app.kubernetes.io/name": "tor",
    "app.kubernetes.io/instance": "tor",
}
EGRESS = [{"to": [{"ipBlock": {"cidr": "198.51.100.2/32"}}]}]


def companions(kind: str, text: str, version: str = "5.3.0") -> list[dict[str, Any]]:
    return [node.to_plain() for node in objects(ONE + text, version) if node.text_at("kind") == kind]


def test_a_network_policy_is_for_its_controllers_pods() -> None:
    rules = "rules: {egress: [{to: [{ipBlock: {cidr: 198.51.100.2/32}}]}]}"
    (policy,) = companions(
        "NetworkPolicy", f"networkpolicies: {{main: {{policyTypes: [Egress], {rules}}}}}\n"
    )
    assert policy["spec"] == {
        "podSelector": {"matchLabels": SELECTOR},
        "policyTypes": ["Egress"],
        "egress": EGRESS,
    }
    assert policy["metadata"] == {"name": "tor", "namespace": "media"}
    (policy,) = companions(
        "NetworkPolicy", f"networkpolicies: {{main: {{extraSelectorLabels: {{a: b}}, {rules}}}}}\n"
    )
    assert policy["spec"]["podSelector"]["matchLabels"] == {"a": "b", **SELECTOR}
    (policy,) = companions(
        "NetworkPolicy", f"networkpolicies: {{main: {{podSelector: {{}}, {rules}}}}}\n", "3.7.3"
    )
    assert policy["spec"]["podSelector"] == {}
    assert companions("NetworkPolicy", "networkpolicies: {main: {enabled: false}}\n") == []


def test_a_cilium_policy_came_with_5() -> None:
    text = "ciliumNetworkPolicies: {main: {endpointSelector: {matchLabels: {a: b}}, rules: {egress: [{toCIDR: [198.51.100.2/32]}]}}}\n"
    (policy,) = companions("CiliumNetworkPolicy", text)
    assert policy["spec"] == {
        "endpointSelector": {"matchLabels": {"a": "b"}},
        "egress": [{"toCIDR": ["198.51.100.2/32"]}],
    }
    assert companions("CiliumNetworkPolicy", text, "4.6.0") == []


@pytest.mark.parametrize(
    ("version", "body"),
    [("4.1.1", "spec: {spec: {podSelector: {}}}"), ("5.3.0", "spec: {podSelector: {}}")],
)
def test_a_raw_resource_is_the_object_that_it_says(version: str, body: str) -> None:
    text = f"rawResources: {{np: {{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, {body}}}}}\n"
    (policy,) = companions("NetworkPolicy", text, version)
    assert policy["spec"] == {"podSelector": {}}


def test_configuration_and_secrets_are_made() -> None:
    (config,) = companions("ConfigMap", "configMaps: {env: {data: {A: '{{ .Release.Name }}'}}}\n")
    assert (config["metadata"]["name"], config["data"]) == ("tor", {"A": "tor"})
    (secret,) = companions("Secret", "secrets: {env: {stringData: {A: b}}}\n", "4.1.1")
    assert secret["stringData"] == {"A": "b"}


def test_rights_are_bound_to_the_account_of_the_release() -> None:
    text = """\
serviceAccount: {tor: {}}
rbac:
  roles: {state: {type: Role, rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]}}
  bindings: {state: {type: RoleBinding, roleRef: {identifier: state}, subjects: [{identifier: tor}]}}
"""
    (role,), (binding,), (account,) = (
        companions(kind, text) for kind in ("Role", "RoleBinding", "ServiceAccount")
    )
    assert role["rules"][0]["resources"] == ["secrets"]
    assert binding["roleRef"] == {"kind": "Role", "name": role["metadata"]["name"]}
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "tor", "namespace": "media"}]
    assert account["metadata"]["name"] == "tor"


@pytest.mark.parametrize(
    ("item", "name"),
    [("data: []", "tor"), ("target: {name: other}, data: []", "other"), ("forceRename: named", "named")],
)
def test_an_external_secret_is_referred_to_by_the_name_of_its_secret(item: str, name: str) -> None:
    rest = f"externalSecrets: {{vpn: {{{item}}}}}\n"
    found = container("envFrom: [{externalSecretRef: {identifier: vpn}}]", "5.3.0", rest)
    assert found["envFrom"] == [{"secretRef": {"name": name}}]
    assert len(companions("ExternalSecret", rest)) == 1


def test_every_string_is_evaluated_since_5_2() -> None:
    rest = "vpn: {policy: Always, cap: NET_ADMIN}\n"
    body = "securityContext: {capabilities: {add: ['{{ .Values.vpn.cap }}']}}"
    assert container(body, "5.2.0", rest)["securityContext"]["capabilities"]["add"] == ["NET_ADMIN"]
    assert "{{" in container(body, "5.1.0", rest)["securityContext"]["capabilities"]["add"][0]
    text = "controllers: {c: {pod: {hostname: '{{ .Release.Name }}'}, containers: {app: {$IMAGE}}}}\n"
    assert spec(text, "5.3.0")["hostname"] == "tor"
    assert container("args: ['{{ \"{{\" }}PORT}}']", "5.3.0")["args"] == ["{{PORT}}"]


def test_what_calls_an_unknown_function_is_refused() -> None:
    with pytest.raises(UnknownChart, match="calls PORT, a function that Helm does not have"):
        container("args: ['{{PORT}}']", "5.3.0")
    assert container("args: ['{{PORT}}']", "5.1.0")["args"] == ["{{PORT}}"]
    assert "{{" in container("args: ['{{ lookup `v1` `Secret` `a` `b` }}']", "5.3.0")["args"][0]


def test_a_controller_may_add_labels_to_its_selector_since_5() -> None:
    text = "controllers: {c: {extraSelectorLabels: {role: torrent}, containers: {app: {$IMAGE}}}}\n"
    assert pod(text, "5.3.0").to_plain()["metadata"]["labels"] == {"role": "torrent", **SELECTOR}
    (controller,) = controllers(text, "5.3.0")
    assert controller.to_plain()["spec"]["selector"]["matchLabels"] == {"role": "torrent", **SELECTOR}
    assert pod(text, "4.6.0").to_plain()["metadata"]["labels"] == SELECTOR


@pytest.mark.parametrize(("version", "surge"), [("4.6.0", 0), ("5.3.0", 1)])
def test_of_two_spellings_of_a_rolling_update_one_wins(version: str, surge: int) -> None:
    update = "strategy: RollingUpdate, rollingUpdate: {surge: 0, maxSurge: 1, unavailable: 1}"
    (controller,) = controllers(
        f"controllers: {{c: {{{update}, containers: {{app: {{$IMAGE}}}}}}}}\n", version
    )
    found = controller.to_plain()["spec"]["strategy"]["rollingUpdate"]
    assert found.get("maxSurge", 0) == surge
