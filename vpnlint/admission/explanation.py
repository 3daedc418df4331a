"""Explains, from a rule's own CEL, what a cluster can decide about it at admission, and what not."""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.admission.check import list_answers, make_condition
from vpnlint.admission.prune import find_used_names
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.view import build_view_variables, read_view

# A name in the Pod view → what an answer depends on if its CEL uses that name.
_CAUSES = {
    "known": "a value in a Secret or a ConfigMap, or behind a variable",
    "opaque": "an environment taken whole from one (envFrom)",
    "mounts": "a file on a volume",
    "tag": "the version of an image",
}


def explain_admission(rule: Rule, catalog: Catalog) -> Iterator[str]:
    """Yield the paragraphs of `vpnlint explain` about admission. Raises RuleError if the view is broken."""
    variables = build_view_variables(read_view("pod"), catalog.facts)
    always = find_used_names(variables, ["pods"])
    asked = {
        answer: find_used_names(variables, [make_condition(rule, answer)]) - always
        for answer in list_answers(rule)
    }
    if "deny" in asked:
        yield (
            "Refused: a Pod, a controller of Pods or an app-template HelmRelease "
            "whose own content shows that it is unsafe."
        )
    if "doubt" in asked:
        doubts = [case.when for case in rule.cases if case.answer == "doubt"]
        names = find_used_names(variables, [*(text for _, text in rule.let), *doubts]) - always
        causes = [cause for name, cause in _CAUSES.items() if name in names]
        causes_text = "; ".join(causes) or "what shows only while the Pod runs"
        yield f"Only reported, never refused, where what decides is not in the object itself: {causes_text}."
    if not asked:
        yield (
            "No policy: the answers depend on what the repository holds around a Pod, "
            "and a policy sees only one object."
        )
    elif any(case.surroundings for case in rule.cases) or any("around" in names for names in asked.values()):
        yield (
            "Not seen by the cluster: what the repository holds around a Pod "
            "(policies, gateways, networks, mounted files). If that makes a workload safe, "
            "`vpnlint check` passes it and the policy does not: emit the rule with --mode audit."
        )
