"""A check → a Kyverno ValidatingPolicy, or a ClusterPolicy for Kyverno before 1.17, with the same CEL.

Forms: policies.kyverno.io/v1, https://kyverno.io/docs/policy-types/validating-policy/ (stable since Kyverno
1.17); kyverno.io/v1 with `validate.cel`, https://kyverno.io/docs/policy-types/cluster-policy/validate/ (since
Kyverno 1.11; with optionals since 1.12, whose go.mod has k8s.io/apiserver v0.29.2). Annotations: those of
https://github.com/kyverno/policies, which policy reports and catalogues show.
"""

from __future__ import annotations

from typing import Any

from vpnlint import __version__
from vpnlint.admission.check import Check
from vpnlint.results.finding import Severity

DEPRECATED = (
    "ClusterPolicy is deprecated since Kyverno 1.17; "
    "from there on use the ValidatingPolicy that vpnlint emits without --format"
)
# A version may hold characters that a label may not: 1.0.0+dev.
LABELS = {
    "app.kubernetes.io/part-of": "vpnlint",
    "app.kubernetes.io/version": __version__.replace("+", "-"),
}
_SEVERITY = {Severity.ERROR: "high", Severity.WARNING: "medium", Severity.NOTICE: "low"}


def make_validating_policy(check: Check, *, denies: bool) -> dict[str, Any]:
    """Return the ValidatingPolicy as plain data; it refuses if it `denies`, else it only reports."""
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": make_metadata(check, make_annotations(check, "1.17.0")),
        "spec": {
            "validationActions": ["Deny" if denies else "Audit"],
            "evaluation": {"admission": {"enabled": True}, "background": {"enabled": True}},
            **make_constraints(check, denies=denies),
            "variables": make_variables(check),
            "validations": make_validations(check),
        },
    }


def make_cluster_policy(check: Check, *, denies: bool) -> dict[str, Any]:
    """Return the ClusterPolicy as plain data; it refuses if it `denies`, else it only reports."""
    kinds = [
        "/".join(part for part in (group, version, kind) if part)
        for group, versions, _, kinds in check.view.resources
        for version in versions
        for kind in kinds
    ]
    notes = {
        "pod-policies.kyverno.io/autogen-controllers": "none",
        "vpnlint/deprecated": DEPRECATED,
    }
    return {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": make_metadata(check, {**make_annotations(check, "1.12.0"), **notes}),
        "spec": {
            "validationFailureAction": "Enforce" if denies else "Audit",
            "failurePolicy": "Fail" if denies else "Ignore",
            "background": True,
            "rules": [
                {
                    "name": check.name,
                    "match": {"any": [{"resources": {"kinds": kinds, "operations": ["CREATE", "UPDATE"]}}]},
                    "celPreconditions": _escaped(make_match_conditions(check)),
                    "validate": {
                        "cel": {
                            "variables": _escaped(make_variables(check)),
                            "expressions": _escaped(make_validations(check)),
                        }
                    },
                }
            ],
        },
    }


def _escaped(entries: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the entries with `{{` and `$(`, which a ClusterPolicy takes for its variables, escaped."""
    return [
        {key: text.replace("{{", r"{\u007b").replace("$(", r"\u0024(") for key, text in entry.items()}
        for entry in entries
    ]


def make_metadata(check: Check, annotations: dict[str, str]) -> dict[str, Any]:
    """Return the metadata of a policy, with labels that name vpnlint and its version."""
    return {"name": check.name, "labels": LABELS, "annotations": annotations}


def make_annotations(check: Check, minimum: str) -> dict[str, str]:
    """Return the annotations that catalogues and reports show; minimum: the first version with this form."""
    about = check.about
    return {
        "policies.kyverno.io/title": about.title,
        "policies.kyverno.io/category": "VPN",
        "policies.kyverno.io/severity": _SEVERITY[about.severity],
        "policies.kyverno.io/subject": check.view.subject,
        "policies.kyverno.io/minversion": minimum,
        "policies.kyverno.io/description": " ".join(about.why.split()),
        "vpnlint/documentation": " ".join(about.references),
    }


def make_constraints(check: Check, *, denies: bool) -> dict[str, Any]:
    """Return the requests that a policy applies to. A policy that only reports never refuses."""
    return {
        "failurePolicy": "Fail" if denies else "Ignore",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [group],
                    "apiVersions": list(versions),
                    "operations": ["CREATE", "UPDATE"],
                    "resources": list(resources),
                }
                for group, versions, resources, _ in check.view.resources
            ]
        },
        "matchConditions": make_match_conditions(check),
    }


def make_match_conditions(check: Check) -> list[dict[str, str]]:
    """Return the conditions under which a request is judged at all.

    Most objects in a cluster run no torrent client: with these conditions the API server skips them itself,
    calls no webhook, and reports get no line for them. Controllers update what they run all the time:
    finalizers, annotations, the size of a ReplicaSet that is being replaced. If such updates were refused, an
    unsafe object could be neither deleted nor repaired. So an update is judged only if it changes what will
    run, and never on an object that is being deleted.
    """
    old, new = (check.view.runs.substitute(object=name) for name in ("oldObject", "object"))
    return [
        {"name": "may-run-a-torrent-client", "expression": check.concerns},
        {"name": "not-being-deleted", "expression": "!has(object.metadata.deletionTimestamp)"},
        {
            "name": "runs-something-new",
            "expression": f"oldObject == null || !has(oldObject.spec) || ({old}) != ({new})",
        },
    ]


def make_variables(check: Check) -> list[dict[str, str]]:
    """Return the variables in the form that all policies share."""
    return [{"name": name, "expression": text} for name, text in check.variables]


def make_validations(check: Check) -> list[dict[str, str]]:
    """Return the only validation; of several, the Kyverno CLI shows just the first that fails."""
    return [{"expression": check.holds, "messageExpression": check.message}]
