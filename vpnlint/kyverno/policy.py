"""A rule → Kyverno ValidatingPolicies with the very same CEL: one that denies, one that audits what is in doubt.

Form: policies.kyverno.io/v1, https://kyverno.io/docs/policy-types/validating-policy/ (stable since Kyverno 1.17).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from vpnlint.catalog import Catalog
from vpnlint.finding import Severity
from vpnlint.node import Node
from vpnlint.programs import ELEMENTS, view_variables
from vpnlint.rules import Rule
from vpnlint.surroundings import NONE
from vpnlint.wording import expression

_RESOURCES = (
    ("", ["pods"]),
    ("apps", ["deployments", "statefulsets", "daemonsets", "replicasets"]),
    ("batch", ["jobs", "cronjobs"]),
)
_ANSWERS = {"deny": "Deny", "doubt": "Audit"}
_KYVERNO_SEVERITY = {Severity.ERROR: "high", Severity.WARNING: "medium"}


def policies(rule: Rule, catalog: Catalog, view: Node) -> Iterator[dict[str, Any]]:
    """Yield a rule's policies over a view as plain data: for its deny, and for its doubt where it has one."""
    for answer, condition in (("deny", rule.deny), ("doubt", f"!({rule.deny}) && ({rule.doubt})")):
        if (rule.deny if answer == "deny" else rule.doubt) != "false":
            yield _policy(rule, catalog, view, answer, f"({rule.when}) && ({condition})")


def _policy(rule: Rule, catalog: Catalog, view: Node, answer: str, condition: str) -> dict[str, Any]:
    elements = ELEMENTS[rule.scope]
    message = f'["{answer}"].map(answer, {expression(rule.source.map["message"].text)})[0]'
    bad = f"variables.pods.map(pod, {elements}.filter(it, {condition}).map(it, {message}))"
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": {
            "name": rule.id if answer == "deny" else f"{rule.id}-doubt",
            "annotations": {
                "policies.kyverno.io/title": rule.summary,
                "policies.kyverno.io/category": "VPN",
                "policies.kyverno.io/severity": _KYVERNO_SEVERITY[rule.severity],
                "policies.kyverno.io/subject": "Pod",
                "policies.kyverno.io/minversion": "1.17.0",
                "policies.kyverno.io/description": " ".join(rule.why.split()),
            },
        },
        "spec": {
            "validationActions": [_ANSWERS[answer]],
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [group],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": names,
                    }
                    for group, names in _RESOURCES
                ]
            },
            "variables": [
                {"name": "catalog", "expression": literal(catalog.constant)},
                {"name": "around", "expression": literal(NONE)},
                *({"name": name, "expression": text} for name, text in view_variables(view)),
            ],
            "validations": [
                {
                    "expression": f"variables.pods.all(pod, {elements}.all(it, !({condition})))",
                    "messageExpression": f"{bad}.filter(found, found.size() > 0)[0][0]",
                }
            ],
        },
    }


def literal(value: Any) -> str:  # noqa: ANN401  (plain data of any shape)
    """Return plain data as a CEL literal; dyn() lets a map's values differ in type, as the API server asks."""
    if isinstance(value, dict):
        same = len({type(item) for item in value.values()}) == 1 and not isinstance(
            next(iter(value.values())), dict | list
        )
        items = (
            f"{literal(key)}: {literal(item) if same else f'dyn({literal(item)})'}"
            for key, item in value.items()
        )
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
