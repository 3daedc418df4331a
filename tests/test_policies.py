"""The CEL of the policies, evaluated here: of every fixture it says what vpnlint says.

Each is asked about the fixtures of its rule, and where it should find something. A real API server is asked
everything, in tests/oracles/cluster; this is the quick part, which needs no Go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.admission.verdicts import (
    FORMS,
    POD_VIEW,
    RELEASE_VIEW,
    emit_all,
    failing,
    failing_pod,
    fixtures,
    releases,
)
from tests.checkout import take_turn
from tests.oracles.cluster.objects import named, release, template
from tests.oracles.cluster.probes import (
    RELEASES,
    bundle_differences,
    cover,
    helm_releases_of_fixtures,
    pods_of_fixtures,
    releases_of_fixtures,
)
from tests.shipped import RULESET
from vpnlint.admission.bundle import bundle_checks
from vpnlint.admission.check import Check
from vpnlint.admission.views import View
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.cel_text import replace_members
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload

NOWHERE = Node.make({}, Node({}, "a policy", (0, 0, 0, 0)))


class Step(NamedTuple):
    """A compiled expression, and the names of the values that it needs."""

    expression: CompiledExpression
    needs: tuple[str, ...]


class Compiler:
    """Compiles and evaluates the CEL of policies; what several of them share is done once."""

    def __init__(self, checks: Sequence[Check]) -> None:
        names = {f"v_{name}" for check in checks for name, _ in check.variables}
        self.engine = Engine(("object", *sorted(names)))
        self._compiled: dict[str, Step] = {}
        self._steps: dict[tuple[str, tuple[int, ...]], int] = {}

    def compile(self, text: str) -> Step:
        if text not in self._compiled:
            needs: dict[str, None] = {}

            def rename(name: str) -> str:
                needs[f"v_{name}"] = None
                return f"v_{name}"

            named_so = replace_members(text, "variables", rename)
            expression = CompiledExpression(self.engine, named_so, NOWHERE)
            self._compiled[text] = Step(expression, ("object", *needs))
        return self._compiled[text]

    def number(self, text: str, known: Mapping[str, int]) -> int:
        """Return the number of an expression; equal expressions over equal variables have the same."""
        _, (_, *needs) = self.compile(text)
        step = text, tuple(known[name] for name in needs)
        return self._steps.setdefault(step, len(self._steps))

    def evaluate(self, step: Step, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  (CEL)
        """Return the value of an expression; nothing that it does not need is converted to CEL."""
        return step.expression.evaluate(
            self.engine.make_activation({name: values[name] for name in step.needs})
        )


class Policy:
    """A check's CEL as the cluster gets it, compiled."""

    def __init__(self, check: Check, compiler: Compiler) -> None:
        self.name = check.name
        self._compiler = compiler
        numbers: dict[str, int] = {}
        self._variables: list[tuple[str, Step, int]] = []
        for name, text in check.variables:
            numbers[f"v_{name}"] = number = compiler.number(text, numbers)
            self._variables.append((f"v_{name}", compiler.compile(text), number))
        self._holds, self._message = compiler.compile(check.holds), compiler.compile(check.message)

    def is_asked(self, workload: Workload, expected: frozenset[str]) -> bool:
        """Tell whether the fixture is one of its rule's, or it should find something there."""
        own = Path(workload.source.file).parent.name
        return self.name in expected or self.name.removesuffix("-doubt") in (own, f"{own}-helmrelease")

    def says(self, document: dict[str, Any], known: dict[int, Any]) -> str:
        """Return the message where the policy fails, else nothing.

        known: the values of variables of this document by their numbers, which this adds to.
        """
        values: dict[str, Any] = {"object": document}
        for name, step, number in self._variables:
            if number not in known:
                known[number] = self._compiler.evaluate(step, values)
            values[name] = known[number]
        if self._compiler.evaluate(self._holds, values):
            return ""
        return str(self._compiler.evaluate(self._message, values))


def compile_policies(checks: Sequence[Check]) -> list[Policy]:
    compiler = Compiler(checks)
    return [Policy(check, compiler) for check in checks]


@cache
def policies(view: View) -> list[Policy]:
    made = (check for checks in emit_all(FORMS[0]).checks.values() for check in checks)
    return compile_policies([check for check in made if check.view.subject == view.subject])


def list_said(asked: Iterable[Policy], document: dict[str, Any]) -> dict[str, str]:
    """Return what each of these policies, by its name, says of a document."""
    known: dict[int, Any] = {}
    return {policy.name: policy.says(document, known) for policy in asked}


def list_failing(asked: Iterable[Policy], document: dict[str, Any]) -> set[str]:
    return {name for name, text in list_said(asked, document).items() if text}


@pytest.fixture(scope="module")
def pod_policies() -> list[Policy]:
    return policies(POD_VIEW)


def test_of_every_pod_of_the_fixtures_the_policies_say_what_vpnlint_says(pod_policies: list[Policy]) -> None:
    """By three commits; of every Pod by `make properties`."""
    differing: list[tuple[str, str]] = []
    for workload in take_turn(fixtures(), of=3):
        if workload.object is not None:
            document = named({"apiVersion": "v1", "kind": "Pod", **template(workload)})
            expected = failing_pod(workload)
            asked = [policy for policy in pod_policies if policy.is_asked(workload, expected)]
            said = list_failing(asked, document)
            differing += [(workload.source.file, name) for name in said ^ expected]
    assert differing == []


def test_of_every_helmrelease_of_the_fixtures_the_policies_say_what_vpnlint_says() -> None:
    """By two commits; of every HelmRelease by `make properties`."""
    asked = policies(RELEASE_VIEW)
    compared = 0
    differing: list[tuple[str, str]] = []
    for document, group in take_turn(list(releases(fixtures())), of=2):
        if RELEASES.find_pods(document):
            expected = failing(group, RELEASE_VIEW.suffix)
            compared += 1
            said = list_failing([p for p in asked if p.is_asked(group[0], expected)], release(document))
            differing += [(group[0].source.file, name) for name in said ^ expected]
    assert differing == []
    assert compared > 10


@pytest.mark.parametrize(
    "view", take_turn([POD_VIEW, RELEASE_VIEW], of=2), ids=lambda view: str(view.subject)
)
def test_a_bundle_names_every_finding_that_vpnlint_has(view: View) -> None:
    """Of one of two kinds of objects by each commit; of both by `make properties`."""
    asked = compile_policies(list(bundle_checks(RULESET.rules, RULESET.catalog, [view])))
    probes = pods_of_fixtures() if view is POD_VIEW else helm_releases_of_fixtures()
    chosen = [*cover(probes), *[probe for probe in probes if not probe.expected][:5]]
    for probe in chosen:
        assert bundle_differences(probe, list_said(asked, probe.document)) == []
    assert len(chosen) > 10


def test_of_releases_that_make_the_pods_of_fixtures_each_policy_says_what_vpnlint_says() -> None:
    asked = {policy.name: policy for policy in policies(RELEASE_VIEW)}
    probes = releases_of_fixtures()
    silent = [
        (name, probe.expected[name])
        for probe in probes
        for name in probe.expected
        if not asked[name].says(probe.document, {})
    ]
    assert silent == []
    assert len({name for probe in probes for name in probe.expected}) > 30


def test_a_rule_without_let_and_with_several_cases_keeps_to_its_when(pod_policies: list[Policy]) -> None:
    container = {"name": "helper", "image": "busybox:latest"}
    client = {"name": "a", "image": f"ghcr.io/home-operations/qbittorrent:5.1.4@sha256:{'a' * 64}"}
    document = {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container, client]}}
    assert list_failing(pod_policies, document) == {"no-vpn"}
