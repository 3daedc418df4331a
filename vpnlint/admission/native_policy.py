"""A check → Kubernetes's own ValidatingAdmissionPolicy and its binding, for clusters without Kyverno.

Form: admissionregistration.k8s.io/v1, since Kubernetes 1.30
(https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/).
"""

from __future__ import annotations

from typing import Any

from vpnlint.admission.check import Check
from vpnlint.admission.kyverno_policy import constraints, described, validations, variables


def admission_policy(check: Check, *, denies: bool) -> list[dict[str, Any]]:
    """Return the policy and its binding as plain data; it refuses if it `denies`, else warns and audits."""
    shared = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": check.name}}
    notes = {key: value for key, value in described(check, "").items() if not key.endswith("/minversion")}
    policy = {
        "kind": "ValidatingAdmissionPolicy",
        **shared,
        "metadata": {"name": check.name, "annotations": notes},
        "spec": {
            **constraints(check, denies=denies),
            "variables": variables(check),
            "validations": validations(check),
        },
    }
    binding = {
        "kind": "ValidatingAdmissionPolicyBinding",
        **shared,
        "spec": {
            "policyName": check.name,
            "validationActions": ["Deny"] if denies else ["Warn", "Audit"],
        },
    }
    return [_ordered(policy), _ordered(binding)]


def _ordered(document: dict[str, Any]) -> dict[str, Any]:
    return {key: document[key] for key in ("apiVersion", "kind", "metadata", "spec")}
