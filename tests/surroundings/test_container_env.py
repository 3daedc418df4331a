"""Tests the variables of env and envFrom, from the ConfigMaps and Secrets among the objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.container_env import expand_environment
from vpnlint.surroundings.secret_keys import find_secret_keys

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: downloads}
data: {A: from-one, B: "$(A)"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: two, namespace: downloads}
data: {A: from-two}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: elsewhere}
data: {A: from-elsewhere}
---
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: downloads}
stringData: {TOKEN: "ENC[AES256_GCM]"}
sops: {version: 3.9.0}
"""


def container(fields: str) -> dict[str, Any]:
    made = expand_environment(pod(f"{{containers: [{{name: c, image: x, {fields}}}]}}"), objects(CONFIG))
    plain: dict[str, Any] = made.containers[0].to_plain()
    return plain


def values(fields: str) -> dict[str, Any]:
    return {item["name"]: item.get("value") for item in container(fields).get("env", [])}


ONE = "{configMapRef: {name: one}}"
TWO = "{configMapRef: {name: two}}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (f"envFrom: [{ONE}, {TWO}]", {"A": "from-two", "B": "$(A)"}),
        (f"envFrom: [{TWO}, {ONE}]", {"A": "from-one", "B": "$(A)"}),
        (f"envFrom: [{ONE}], env: [{{name: A, value: own}}]", {"B": "$(A)", "A": "own"}),
        (
            "envFrom: [{configMapRef: {name: two}, prefix: VPN_}], env: [{name: C, value: $(VPN_A)/$(NONE)/$$(X)}]",
            {"VPN_A": "from-two", "C": "from-two/$(NONE)/$(X)"},
        ),
        (
            "env: [{name: K, valueFrom: {configMapKeyRef: {name: two, key: A}}}, {name: L, value: '<$(K)>'}]",
            {"K": "from-two", "L": "<from-two>"},
        ),
        (
            f"envFrom: [{TWO}], env: [{{name: A, valueFrom: {{configMapKeyRef: {{name: two, key: no, optional: true}}}}}}]",
            {"A": "from-two"},
        ),
        ("env: [{name: A, value: $(B)}, {name: B, value: late}]", {"A": "$(B)", "B": "late"}),
        (
            "envFrom: [{secretRef: {name: keys}}], env: [{name: A, value: $(TOKEN)}]",
            {"TOKEN": None, "A": "$(TOKEN)"},
        ),
    ],
)
def test_the_variables_are_those_of_the_kubelet(fields: str, expected: dict[str, Any]) -> None:
    assert values(fields) == expected


def test_what_is_not_known_stays_in_env_from() -> None:
    made = container(f"envFrom: [{{secretRef: {{name: none}}}}, {ONE}, {{configMapRef: {{name: none}}}}]")
    assert made["envFrom"] == [{"secretRef": {"name": "none"}}, {"configMapRef": {"name": "none"}}]
    assert [item["name"] for item in made["env"]] == ["A", "B"]


def test_commands_are_expanded() -> None:
    made = container("env: [{name: A, value: tun0}], command: [sh, -c], args: ['bind $(A) $(date) $$(A)']")
    assert made["args"] == ["bind tun0 $(date) $(A)"]


def test_a_value_points_at_the_config_map_and_the_rendered_pod_stays() -> None:
    own = pod(f"{{containers: [{{name: c, image: x, envFrom: [{TWO}]}}]}}")
    made = expand_environment(own, objects(CONFIG))
    value = made.containers[0].get("env", 0, "value")
    assert value is not None
    assert (value.span.line, value.path) == (10, ("data", "A"))
    assert own.containers[0].get("env") is None


EXTERNAL = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: other, namespace: downloads}}
spec: {{target: {{name: vpn, {target}}}, {rest}}}
"""


@pytest.mark.parametrize(
    ("target", "rest", "keys"),
    [
        ("", "data: [{secretKey: A}, {secretKey: B}]", {"A", "B"}),
        ("", "dataFrom: [{extract: {key: item}}]", None),
        ("template: {data: {C: x}}", "dataFrom: [{extract: {key: item}}]", {"C"}),
        ("template: {engineVersion: v2}", "data: [{secretKey: A}]", {"A"}),
        ("template: {mergePolicy: Merge, data: {C: x}}", "data: [{secretKey: A}]", {"A", "C"}),
        ("template: {mergePolicy: Merge, data: {C: x}}", "dataFrom: [{extract: {key: item}}]", None),
        ("creationPolicy: Merge", "data: [{secretKey: A}]", None),
        (
            "template: {templateFrom: [{configMap: {name: t, items: [{key: D}]}}]}",
            "dataFrom: [{extract: {key: i}}]",
            {"D"},
        ),
        ("template: {templateFrom: [{literal: x}]}", "data: [{secretKey: A}]", None),
    ],
)
def test_the_keys_of_an_external_secret(target: str, rest: str, keys: set[str] | None) -> None:
    found = find_secret_keys(objects(EXTERNAL.format(target=target, rest=rest)), "downloads", "vpn")
    assert found == (None if keys is None else frozenset(keys))


def test_the_keys_of_a_sealed_secret() -> None:
    sealed = """
    apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret
    metadata: {name: vpn, namespace: downloads}
    spec: {encryptedData: {A: AgB}, template: {data: {B: plain}}}
    """
    assert find_secret_keys(objects(sealed), "downloads", "vpn") == frozenset(("A", "B"))
    assert find_secret_keys(objects(sealed), "elsewhere", "vpn") is None
