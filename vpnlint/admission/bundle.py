"""All rules → four checks: one that refuses and one that reports, for Pods and for HelmReleases.

All rules share one evaluation of the view, and one refusal names every finding by its rule's id. The API
server shows only the first policy, and of that the first validation, that refuses an object (k8s.io/apiserver
v0.36.3, pkg/admission/plugin/policy/validating/dispatcher.go), so a bundle has one validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vpnlint.admission.check import (
    About,
    Check,
    check_id,
    list_answers,
    make_client_condition,
    policy_name,
    rule_messages,
    view_for,
)
from vpnlint.admission.declared_egress import NOTHING_DECLARED, DeclaredEgress
from vpnlint.admission.views import View
from vpnlint.results.finding import Answer, Severity
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.rule import Rule

STEM = "vpnlint"
# A message of more than 5 KB is not shown at all, and of a warning of more than 4,096 letters 256 are left
# (k8s.io/apiserver v0.36.3, pkg/apis/cel/config.go and pkg/endpoints/filters/warning.go). If all messages
# together are longer, each rule's message is shortened to this length.
_LONGEST, _SHORTENED = 3800, 90
_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)
_TITLES: dict[Answer, str] = {
    "deny": "Torrent traffic can leave outside the VPN, or the VPN breaks",
    "doubt": "Torrent traffic may leave outside the VPN (not known), or something is worth knowing",
}
_WHY = (
    "All rules of vpnlint in one policy. A message names every finding by its rule's id; "
    "`vpnlint explain ID` says why the rule is there, and what to do."
)


def bundle_checks(
    rules: Sequence[Rule],
    catalog: Catalog,
    views: Sequence[View],
    declared: DeclaredEgress = NOTHING_DECLARED,
) -> Iterator[Check]:
    """Yield the checks for all of these rules; none for an answer that no rule gives.

    declared: the objects whose traffic something outside carries into a VPN. Raises RuleError if a rule's id
    is not a valid name in Kubernetes.
    """
    for rule in rules:
        check_id(rule)
    order: tuple[Answer, ...] = ("deny", "doubt")
    for view in views:
        for answer in order:
            asked = [rule for rule in rules if answer in list_answers(rule)]
            if asked:
                yield _bundle(asked, catalog, view, answer, declared)


def _bundle(
    rules: Sequence[Rule], catalog: Catalog, view: View, answer: Answer, declared: DeclaredEgress
) -> Check:
    # One variable per rule: the API server bounds the cost of each, and of all together.
    found = [(_variable(rule), _findings(rule, answer)) for rule in rules]
    said = f"[{', '.join(f'variables.{name}' for name, _ in found)}].filter(said, said != '')"
    shortened = f"said.size() <= {_SHORTENED} ? said : said.substring(0, {_SHORTENED}) + '…'"
    message = (
        f"[{said}].map(all, all.join(' ').size() <= {_LONGEST} ? all.join(' ') "
        f": all.map(said, {shortened}).join(' '))[0]"
    )
    return Check(
        policy_name(STEM, view, answer),
        About(_TITLES[answer], _WHY, min((rule.severity for rule in rules), key=_SEVERITIES.index), ()),
        view,
        answer,
        (*view_for(view, catalog, [text for _, text in found], declared), *found),
        f"[{', '.join(f'variables.{name}' for name, _ in found)}].all(said, said == '')",
        message,
        make_client_condition(view, catalog),
    )


def _variable(rule: Rule) -> str:
    return f"found_{rule.id.replace('-', '_')}"


def _findings(rule: Rule, answer: Answer) -> str:
    """Return the CEL expression for everything a rule says about an object, empty if it says nothing."""
    said = f"{rule_messages(rule, answer)}.map(said, '[{rule.id}] ' + said).join(' ')"
    return f"variables.pods.map(pod, {said}).filter(said, said != '').join(' ')"
