"""Turns suppressed findings into Kyverno's PolicyExceptions, so that cluster and linter agree.

Form: policies.kyverno.io/v1 PolicyException (github.com/kyverno/api fb2785727f98, policy_exception.go), which
Kyverno 1.19.1 accepts for ValidatingPolicies; Kyverno must be configured with their namespace
(https://kyverno.io/docs/guides/exceptions/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from vpnlint.admission.declared_egress import make_object_condition
from vpnlint.results.finding import Suppressed
from vpnlint.source.deferred_pattern import defer_pattern

NAMESPACE = "kyverno"
_NO_NAME = defer_pattern(r"[^a-z0-9-]+")


def make_exceptions(suppressed: Iterable[Suppressed], policies: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield a PolicyException for each suppressed finding, in order, once per rule and workload.

    policies: the names of the emitted ValidatingPolicies. An exception applies to the object in the
    repository, and to controllers and Pods named after it, such as those of a HelmRelease.
    """
    known = set(policies)
    seen: set[tuple[str, str]] = set()
    for item in suppressed:
        rule, workload = item.finding.rule, item.finding.workload
        forms = (rule, f"{rule}-doubt", f"{rule}-helmrelease", f"{rule}-helmrelease-doubt")
        named = [name for name in forms if name in known]
        if not named or (rule, workload) in seen:
            continue
        seen.add((rule, workload))
        yield _exception(item, named)


def _exception(item: Suppressed, policies: list[str]) -> dict[str, Any]:
    namespace, _, name = item.finding.workload.partition(" ")[2].rpartition("/")
    until = item.until
    expiry = {"expiresAt": f"{until + timedelta(days=1)}T00:00:00Z"} if until is not None else {}
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "PolicyException",
        "metadata": {
            "name": _NO_NAME.sub("-", f"{item.finding.rule}-{namespace}-{name}".lower()).strip("-"),
            "namespace": NAMESPACE,
        },
        "spec": {
            "policyRefs": [{"name": policy, "kind": "ValidatingPolicy"} for policy in policies],
            "matchConditions": [{"name": "workload", "expression": make_object_condition(namespace, name)}],
            **expiry,
            "properties": {"reason": item.reason},
        },
    }
