"""Tests what a Pod's ServiceAccount may do with Secrets."""

from __future__ import annotations

import pytest

from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.permissions import find_account, find_secret_permissions

ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: state, namespace: downloads}
rules:
  - {apiGroups: [""], resources: [secrets], resourceNames: [tailscale], verbs: [get, update]}
  - {apiGroups: [""], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: state, namespace: downloads}
roleRef: {kind: Role, name: state}
subjects: [{kind: ServiceAccount, name: vpn}]
"""
GRANTED = [{"verbs": ["get", "update"], "names": ["tailscale"]}]


@pytest.mark.parametrize(
    ("account", "change", "found"),
    [
        ("vpn", ("", ""), GRANTED),
        ("other", ("", ""), []),
        ("vpn", ("name: vpn}", "name: vpn, namespace: media}"), []),
        (
            "vpn",
            (
                "kind: RoleBinding\nmetadata: {name: state, namespace: downloads}",
                "kind: RoleBinding\nmetadata: {name: state, namespace: media}",
            ),
            [],
        ),
        ("vpn", ("kind: ServiceAccount", "kind: User"), []),
        ("vpn", ("roleRef: {kind: Role, name: state}", "roleRef: {kind: ClusterRole, name: state}"), []),
    ],
)
def test_a_role_counts_where_it_is_bound(account: str, change: tuple[str, str], found: list[object]) -> None:
    workload = pod(f"{{serviceAccountName: {account}, containers: [{{name: main, image: x}}]}}")
    assert find_secret_permissions(workload, objects(ROLE.replace(*change) if change[0] else ROLE)) == found


def test_a_cluster_role_binding_counts_in_every_namespace() -> None:
    text = ROLE.replace("kind: RoleBinding", "kind: ClusterRoleBinding").replace(
        "{kind: Role, name: state}", "{kind: ClusterRole, name: state}"
    )
    text = text.replace("kind: Role\n", "kind: ClusterRole\n").replace(
        "name: vpn}", "name: vpn, namespace: downloads}"
    )
    workload = pod("{serviceAccountName: vpn, containers: [{name: main, image: x}]}")
    assert find_secret_permissions(workload, objects(text)) == GRANTED


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("", [{"name": "default", "token": True}]),
        ("automountServiceAccountToken: false", [{"name": "default", "token": False}]),
    ],
)
def test_a_service_account_may_keep_its_token(field: str, found: list[object]) -> None:
    account = (
        f"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: default, namespace: downloads}}\n{field}\n"
    )
    assert find_account(pod("{containers: [{name: main, image: x}]}"), objects(account)) == found
    assert (
        find_account(pod("{serviceAccountName: own, containers: [{name: main, image: x}]}"), objects(account))
        == []
    )
