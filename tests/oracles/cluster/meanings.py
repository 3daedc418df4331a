"""Fixtures by what their names say of a rule."""

from __future__ import annotations

from typing import Any

from tests.admission.verdicts import workloads
from tests.checkout import FIXTURES
from tests.oracles.cluster.objects import named, template
from tests.shipped import RULESET
from vpnlint.admission.check import find_policy_answer
from vpnlint.gitops.objects import NOTHING
from vpnlint.judge.judge import judge_workload
from vpnlint.results.finding import Answer, Finding
from vpnlint.ruleset.rule import Rule
from vpnlint.workloads.workload import Workload


def having(rule: Rule, *meanings: str) -> list[Workload]:
    """Return the workloads of the rule's fixtures with these meanings, where the rule says what they mean.

    Policies don't ask about the proxies that Tailscale's operator makes: these run no client.
    """
    paths = [path for meaning in meanings for path in sorted(FIXTURES.glob(f"{rule.id}/{meaning}.*.yaml"))]
    found = [
        workload
        for path in paths
        for workload in workloads(path)
        if workload.object is not None and not workload.is_proxy
    ]
    wanted = {"fail": {"deny"}, "doubt": {"doubt"}}.get(meanings[0], set())
    return [workload for workload in found if answers(rule, workload) == wanted]


def answers(rule: Rule, workload: Workload) -> set[Answer]:
    """Return which of the rule's policies should speak of a workload: a notice is never refused."""
    return {find_policy_answer(finding.answer, finding.severity) for finding in findings(rule, workload)}


def findings(rule: Rule, workload: Workload) -> list[Finding]:
    """Return what the rule finds wanting in a workload."""
    return [
        finding for finding in judge_workload(workload, RULESET, NOTHING).findings if finding.rule == rule.id
    ]


def pod(workload: Workload) -> dict[str, Any]:
    """Return a Pod that runs what the workload runs."""
    return named({"apiVersion": "v1", "kind": "Pod", **template(workload)})
