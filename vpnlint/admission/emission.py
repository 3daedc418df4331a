"""Turns rules into files for a cluster, Flux or Kustomize: policies, what they need, and their tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vpnlint.admission.bundle import bundle_checks
from vpnlint.admission.check import Check, make_checks
from vpnlint.admission.declared_egress import NOTHING_DECLARED, DeclaredEgress
from vpnlint.admission.kyverno_policy import LABELS, make_cluster_policy, make_validating_policy
from vpnlint.admission.native_policy import make_admission_policy
from vpnlint.admission.test_suite import find_fixtures, make_suite, read_cases
from vpnlint.admission.view_evaluator import Offline
from vpnlint.admission.views import View, read_views
from vpnlint.admission.yaml_text import dump_documents
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.ruleset import Ruleset

# Form of policies → the keys that mark its results in a test of the Kyverno CLI; None stands for the policy's
# name.
FORMS: dict[str, dict[str, Any]] = {
    "validatingpolicy": {"isValidatingPolicy": True},
    "clusterpolicy": {"rule": None},
    "vap": {"isValidatingAdmissionPolicy": True},
}


@dataclass(frozen=True)
class Emission:
    """What to emit: policies of a form (a key of FORMS) for these rules; they refuse only if `denies`."""

    ruleset: Ruleset
    rules: Sequence[Rule]
    form: str
    denies: bool
    bundled: bool = False
    """One policy per kind of object and answer for all rules, instead of several for each rule."""
    declared: DeclaredEgress = NOTHING_DECLARED
    """The objects whose traffic something outside carries into a VPN."""

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The Pod view and the HelmRelease view with the ruleset's catalogue."""
        return read_views(self.ruleset.catalog)

    @cached_property
    def checks(self) -> dict[str, list[Check]]:
        """The checks by the id of their rule; those of a bundle have none."""
        catalog, views, declared = self.ruleset.catalog, self.views, self.declared
        if self.bundled:
            return {"": list(bundle_checks(self.rules, catalog, views, declared))}
        return {rule.id: list(make_checks(rule, catalog, views, declared)) for rule in self.rules}


def emit_policies(emission: Emission) -> dict[str, str]:
    """Return file name → YAML, sorted: every policy, and the role that lets Kyverno read Flux's objects.

    Raises RuleError if every cluster would refuse a rule's policy.
    """
    return {
        f"{name}.yaml": dump_documents(documents) for name, documents in policy_documents(emission).items()
    }


def policy_documents(emission: Emission) -> dict[str, list[dict[str, Any]]]:
    """Return the documents of each file as plain data, by file name without suffix."""
    made = {
        check.name: _documents(check, emission) for checks in emission.checks.values() for check in checks
    }
    if emission.form != "vap":
        made["flux-reader"] = [_reader()]
    return dict(sorted(made.items()))


def emit_suites(emission: Emission) -> dict[str, str]:
    """Return file name → text of the test suites of the rules with fixtures, in a stable order.

    A bundle has none: the CLI compiles each policy for each resource, and the policies of single rules have
    suites already.
    """
    if emission.bundled:
        return {}
    pod_view, release_view = (Offline(view, emission.ruleset.catalog) for view in emission.views)
    texts = {}
    for rule in emission.rules:
        if find_fixtures(rule) is not None:
            found = [
                case
                for case in read_cases(rule, emission.ruleset, pod_view, release_view)
                # A declaration for a real object must not decide about a fixture with the same name.
                if not emission.declared.covers(case.resource)
            ]
            asked = emission.checks[rule.id]
            if emission.form == "vap":
                # `kyverno test` 1.19.1 asks a native policy only about kinds that Kubernetes itself has.
                found = [case for case in found if case.kind != "HelmRelease"]
                asked = [check for check in asked if check.view.subject == "Pod"]
            test = make_suite(rule, asked, found, FORMS[emission.form])
            texts[f"tests/{rule.id}/kyverno-test.yaml"] = dump_documents([test])
            texts[f"tests/{rule.id}/resources.yaml"] = dump_documents(case.resource for case in found)
    return texts


def emit_kustomization(names: Sequence[str]) -> str:
    """Return the kustomization.yaml over these files."""
    document = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(names),
    }
    return dump_documents([document])


def _documents(check: Check, emission: Emission) -> list[dict[str, Any]]:
    denies = emission.denies and check.answer == "deny"
    if emission.form == "vap":
        return make_admission_policy(check, denies=denies)
    policy = make_cluster_policy if emission.form == "clusterpolicy" else make_validating_policy
    return [policy(check, denies=denies)]


def _reader() -> dict[str, Any]:
    """Return the role by which Kyverno's reports controller may list HelmReleases.

    Source: https://kyverno.io/docs/installation/customization/ (aggregated ClusterRoles).
    """
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {
            "name": "kyverno:reports-controller:vpnlint",
            "labels": {**LABELS, "rbac.kyverno.io/aggregate-to-reports-controller": "true"},
        },
        "rules": [
            {
                "apiGroups": ["helm.toolkit.fluxcd.io"],
                "resources": ["helmreleases"],
                "verbs": ["get", "list", "watch"],
            }
        ],
    }
