"""A check → Kubernetes's own ValidatingAdmissionPolicy and its binding, for clusters without Kyverno.

Form: admissionregistration.k8s.io/v1, since Kubernetes 1.30
(https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/).
"""

from __future__ import annotations

from typing import Any

from vpnlint.admission.check import Check
from vpnlint.admission.kyverno_policy import (
    LABELS,
    make_annotations,
    make_constraints,
    make_metadata,
    make_validations,
    make_variables,
)

_API = "admissionregistration.k8s.io/v1"


def make_admission_policy(check: Check, *, denies: bool) -> list[dict[str, Any]]:
    """Return the policy and its binding as plain data; it refuses if it `denies`, else warns and audits."""
    notes = {
        key: value for key, value in make_annotations(check, "").items() if not key.endswith("/minversion")
    }
    policy = {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": make_metadata(check, notes),
        "spec": {
            **make_constraints(check, denies=denies),
            "variables": make_variables(check),
            "validations": make_validations(check),
        },
    }
    binding = {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": check.name, "labels": LABELS},
        "spec": {
            "policyName": check.name,
            "validationActions": ["Deny"] if denies else ["Warn", "Audit"],
        },
    }
    return [policy, binding]
