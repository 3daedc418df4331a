"""Reads from Roles and bindings what a workload's ServiceAccount may do with Secrets.

Source: Kubernetes v1.36 rbac/v1 (a ServiceAccount subject without a namespace is in the RoleBinding's;
without resourceNames a rule covers every name).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload


def find_secret_permissions(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return the `verbs` and `names` of each rule on Secrets that binds the Pods' ServiceAccount.

    Only rules for the Pods' own namespace count. No names means all names.
    """
    account = workload.template.text_at("spec", "serviceAccountName") if workload.template is not None else ""
    return [
        {
            "verbs": [verb.scalar_text for verb in rule.items("verbs")],
            "names": [name.scalar_text for name in rule.items("resourceNames")],
        }
        for role in _find_roles(account or "default", workload.namespace, objects)
        for rule in role.items("rules")
        if {"secrets", "*"} & {item.scalar_text for item in rule.items("resources")}
    ]


def find_account(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return the Pods' ServiceAccount, if an applied object defines it: its `name` and `token`.

    token: the Pods mount it by default.
    """
    name = workload.template.text_at("spec", "serviceAccountName") if workload.template is not None else ""
    account = objects.find("ServiceAccount", workload.namespace, name or "default")
    if account is None:
        return []
    mounted = account.get("automountServiceAccountToken")
    return [{"name": name or "default", "token": mounted is None or mounted.value is not False}]


def _find_roles(account: str, namespace: str, objects: Objects) -> Iterator[Node]:
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in objects.of_kind(kind):
            own = binding.text_at("metadata", "namespace") or namespace
            if (kind == "RoleBinding" and own != namespace) or not _binds_account(
                binding, account, namespace, own
            ):
                continue
            reference = binding.text_at("roleRef", "kind") or "Role"
            where = "" if reference == "ClusterRole" else namespace
            role = objects.find(reference, where, binding.text_at("roleRef", "name"))
            if role is not None:
                yield role


def _binds_account(binding: Node, account: str, namespace: str, own: str) -> bool:
    return any(
        subject.text_at("kind") == "ServiceAccount"
        and subject.text_at("name") == account
        and (subject.text_at("namespace") or own) == namespace
        for subject in binding.items("subjects")
    )
