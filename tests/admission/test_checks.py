"""The CEL of the policies, evaluated here: of every fixture it says what vpnlint says.

Each is asked about the fixtures of its rule, and where it should find something. A real API server is asked
everything, in tests/oracles/cluster; this is the quick part, which needs no Go.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.admission.verdicts import (
    POD_VIEW,
    RELEASE_VIEW,
    RULESET,
    failing,
    failing_pod,
    fixtures,
    releases,
)
from tests.oracles.cluster.objects import named, release, template
from tests.oracles.cluster.probes import bundle_differences, cover, helm_releases, made_releases, pods
from vpnlint.admission.bundle import bundle_checks
from vpnlint.admission.check import Check, make_checks
from vpnlint.admission.view_evaluator import Offline
from vpnlint.admission.views import View
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.cel_text import replace_members
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload

NOWHERE = Node.make({}, Node({}, "a policy", (0, 0, 0, 0)))


class Policy:
    """A check's CEL as the cluster gets it, compiled."""

    def __init__(self, check: Check) -> None:
        self.name = check.name
        self._engine = Engine(("object", *(f"v_{name}" for name, _ in check.variables)))
        self._variables = [(f"v_{name}", self._compile(text)) for name, text in check.variables]
        self._holds, self._message = self._compile(check.holds), self._compile(check.message)

    def _compile(self, text: str) -> CompiledExpression:
        named_so = replace_members(text, "variables", lambda name: f"v_{name}")
        return CompiledExpression(self._engine, named_so, NOWHERE)

    def is_asked(self, workload: Workload, expected: frozenset[str]) -> bool:
        """Tell whether the fixture is one of its rule's, or it should find something there."""
        own = Path(workload.source.file).parent.name
        return self.name in expected or self.name.removesuffix("-doubt") in (own, f"{own}-helmrelease")

    def says(self, document: dict[str, Any]) -> str:
        """Return the message where the policy fails, else nothing."""
        values: dict[str, Any] = {"object": document}
        for name, expression in self._variables:
            values[name] = expression.evaluate(self._engine.make_activation(values))
        activation = self._engine.make_activation(values)
        return "" if self._holds.evaluate(activation) else str(self._message.evaluate(activation))


def policies(view: View) -> list[Policy]:
    return [Policy(check) for rule in RULESET.rules for check in make_checks(rule, RULESET.catalog, [view])]


@pytest.fixture(scope="module")
def pod_policies() -> list[Policy]:
    return policies(POD_VIEW)


def test_of_every_pod_of_the_fixtures_the_policies_say_what_vpnlint_says(pod_policies: list[Policy]) -> None:
    differing: list[tuple[str, str]] = []
    for workload in fixtures():
        if workload.object is not None:
            document = named({"apiVersion": "v1", "kind": "Pod", **template(workload)})
            expected = failing_pod(workload)
            asked = [policy for policy in pod_policies if policy.is_asked(workload, expected)]
            said = {policy.name for policy in asked if policy.says(document)}
            differing += [(workload.source.file, name) for name in said ^ expected]
    assert differing == []


def test_of_every_helmrelease_of_the_fixtures_the_policies_say_what_vpnlint_says() -> None:
    view = Offline(RELEASE_VIEW, RULESET.catalog)
    asked = policies(RELEASE_VIEW)
    compared = 0
    differing: list[tuple[str, str]] = []
    for document, group in releases(fixtures()):
        if view.find_pods(document):
            expected = failing(group, RELEASE_VIEW.suffix)
            compared += 1
            said = {p.name for p in asked if p.is_asked(group[0], expected) and p.says(release(document))}
            differing += [(group[0].source.file, name) for name in said ^ expected]
    assert differing == []
    assert compared > 10


@pytest.mark.parametrize("view", [POD_VIEW, RELEASE_VIEW], ids=lambda view: str(view.subject))
def test_a_bundle_names_every_finding_that_vpnlint_has(view: View) -> None:
    asked = [Policy(check) for check in bundle_checks(RULESET.rules, RULESET.catalog, [view])]
    probes = pods(fixtures()) if view is POD_VIEW else helm_releases(fixtures())
    chosen = [*cover(probes), *[probe for probe in probes if not probe.expected][:5]]
    for probe in chosen:
        said = {policy.name: policy.says(probe.document) for policy in asked}
        assert bundle_differences(probe, said) == []
    assert len(chosen) > 10


def test_of_releases_that_make_the_pods_of_fixtures_each_policy_says_what_vpnlint_says(
    tmp_path: Path,
) -> None:
    asked = {policy.name: policy for policy in policies(RELEASE_VIEW)}
    probes = made_releases(pods(fixtures()), tmp_path / "releases.yaml")
    silent = [
        (name, probe.expected[name])
        for probe in probes
        for name in probe.expected
        if not asked[name].says(probe.document)
    ]
    assert silent == []
    assert len({name for probe in probes for name in probe.expected}) > 30


def test_a_rule_without_let_and_with_several_cases_keeps_to_its_when(pod_policies: list[Policy]) -> None:
    container = {"name": "helper", "image": "busybox:latest"}
    client = {"name": "a", "image": f"ghcr.io/home-operations/qbittorrent:5.1.4@sha256:{'a' * 64}"}
    document = {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container, client]}}
    assert {policy.name for policy in pod_policies if policy.says(document)} == {"no-vpn"}
