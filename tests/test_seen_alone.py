"""A cluster shows a policy one object. So each policy that is emitted speaks of some object by itself, and
what a rule says only of a Pod's surroundings is in none."""

from __future__ import annotations

import pytest

from tests.admission.verdicts import POD_VIEW, RELEASE_VIEW, fixtures, messages
from tests.oracles.cluster.probes import (
    helm_releases_of_fixtures,
    pods_of_fixtures,
    releases_of_fixtures,
)
from tests.program import vpnlint
from tests.shipped import RULESET
from vpnlint.admission.check import list_answers, policy_name
from vpnlint.ruleset.rule import Rule


@pytest.fixture(scope="module")
def speaking() -> set[str]:
    """The names of the policies that speak of a fixture, as a Pod, what makes Pods, or a HelmRelease."""
    probes = (*pods_of_fixtures(), *helm_releases_of_fixtures(), *releases_of_fixtures())
    of_controllers = messages(fixtures("replicated-vpn-identity"), POD_VIEW.suffix)
    return {*of_controllers, *(name for probe in probes for name in probe.expected)}


@pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)
def test_each_policy_speaks_of_a_fixture(rule: Rule, speaking: set[str]) -> None:
    emitted = {
        policy_name(rule.id, view, answer)
        for view in (POD_VIEW, RELEASE_VIEW)
        for answer in list_answers(rule)
    }
    assert emitted - speaking == set()


@pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)
def test_what_asks_for_surroundings_never_speaks_without(rule: Rule) -> None:
    """A case that says so of itself, and speaks of a Pod alone all the same, is missing in the cluster."""
    said = {name for workload in fixtures(rule.id) for name in messages([workload], POD_VIEW.suffix)}
    answers = {policy_name(rule.id, POD_VIEW, answer) for answer in list_answers(rule)}
    assert {name for name in said if name.removesuffix("-doubt") == rule.id} <= answers


def test_a_rule_without_a_policy_says_so() -> None:
    done = vpnlint("explain", "service-port-not-opened")
    assert "No policy: " in done.stdout
    done = vpnlint("emit", "vap", "--only", "service-port-not-opened")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no policy" in done.stderr
