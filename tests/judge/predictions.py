"""What vpnlint predicts for each configuration of the lab, beside what the lab measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from tests.checkout import FIXTURES
from tests.judge.described import name, why_not
from tests.oracles.lab import evidence
from tests.oracles.lab.events import EVENTS as LAB_EVENTS
from tests.oracles.lab.scenario import Scenario
from tests.oracles.lab.topology import PODS
from tests.shipped import RULESET
from vpnlint.check import list_workloads
from vpnlint.gitops.objects import Objects
from vpnlint.judge.judge import judge_workload
from vpnlint.results.matrix import Cell
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload

FOLDER = FIXTURES / "lab"
IPV6 = """
apiVersion: v1
kind: Service
metadata: {name: beside}
spec: {ipFamilyPolicy: RequireDualStack}
"""
NO_IPV6 = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cilium}
spec: {chart: {spec: {chart: cilium}}, values: {ipv6: {enabled: false}}}
"""
# Several of the lab's events are one scenario of the matrix: whatever makes Tailscale stop using its exit
# node, every order of starts; a client that comes back finds what one that stayed would have found.
EVENTS = {
    **dict.fromkeys(("vpn-down", "vpn-logout"), "exit-node-unset"),
    **dict.fromkeys((event for event in LAB_EVENTS if event.startswith("client-first-")), "start-up"),
    **dict.fromkeys(("start-together", "sidecar-started", "after-probe"), "start-up"),
    "client-restart": "steady",
    "client-restart-without-vpn": "vpn-crash",
    "both-restart": "vpn-restart",
}


@cache
def workloads() -> dict[str, tuple[Workload, Objects]]:
    """Return each configuration as vpnlint reads it, with what is applied beside its Pod."""
    found, problems = list_workloads([str(FOLDER)])
    assert problems == ()
    return {
        Path(workload.source.file).stem: (workload, objects)
        for workload, objects in found
        if workload.kind == "Pod"
    }


@cache
def addresses(pod: str) -> Node:
    """Return an object that says which addresses the cluster gives its Pods: those of the lab's Pod."""
    text = IPV6 if PODS[pod].address6 else NO_IPV6
    (document,) = parse_documents(text, "addresses.yaml")
    assert isinstance(document, Document)
    return document.root


@cache
def matrix(configuration: str, pod: str) -> Mapping[str, Mapping[str, Cell]]:
    """Return the matrix that vpnlint predicts for a configuration in the surroundings of a Pod."""
    workload, objects = workloads()[configuration]
    verdict = judge_workload(workload, RULESET, objects.with_more([addresses(pod)]))
    assert verdict.problems == []
    assert verdict.judged is not None
    return verdict.judged.matrix


def predicted(scenario: Scenario) -> Cell:
    """Return the cell that vpnlint gives the scenario; one it does not have is unknown."""
    cells = matrix(name(scenario), scenario.pod).get(EVENTS.get(scenario.event, scenario.event), {})
    return cells.get(scenario.traffic, Cell("unknown"))


def agree(scenario: Scenario, verdict: str, measured: str) -> bool:
    """Tell whether they are equal.

    Whether a client comes back to a tunnel that does varies from run to run (docs/lab.md).
    """
    again = (
        EVENTS.get(scenario.event, scenario.event) in ("start-up", "vpn-restart", "vpn-stop")
        or scenario.event == "client-restart"
    )
    return verdict == measured or (again and "LEAK" not in (verdict, measured))


def compared() -> dict[Scenario, str]:
    """Return what was measured.

    Of head starts, and of the ways to stop using an exit node, the worst counts: no manifest holds which.
    """
    found: dict[Scenario, str] = {}
    for scenario, verdict in evidence.measured().items():
        rung = scenario
        if scenario.event.startswith("client-first-"):
            rung = replace(scenario, event="start-up")
        elif EVENTS.get(scenario.event) == "exit-node-unset":
            rung = replace(scenario, event="exit-node-unset")
        found[rung] = "LEAK" if "LEAK" in (verdict, found.get(rung)) else verdict
    return found


@dataclass
class Comparison:
    """Every measured cell by what became of it: equal, as safe, wrong, on a condition, unknown, or outside.

    outside: why no manifest describes it → how many.
    """

    equal: list[Scenario] = field(default_factory=list)
    as_safe: list[Scenario] = field(default_factory=list)
    wrong: dict[Scenario, str] = field(default_factory=dict)
    conditional: list[Scenario] = field(default_factory=list)
    unknown: list[Scenario] = field(default_factory=list)
    outside: Counter[str] = field(default_factory=Counter)

    @property
    def number(self) -> int:
        """How many cells were compared."""
        kinds = (self.equal, self.as_safe, self.wrong, self.conditional, self.unknown)
        return sum(map(len, kinds))


@cache
def compare() -> Comparison:
    """Return what is predicted of everything that was measured, worked out once in a process."""
    found = Comparison()
    for scenario, verdict in compared().items():
        if reason := why_not(scenario):
            found.outside[reason] += 1
            continue
        cell = predicted(scenario)
        if cell.condition:
            # What decides is in no manifest: the user knows it, and the cell names it.
            found.conditional.append(scenario)
        elif cell.verdict == "unknown":
            found.unknown.append(scenario)
        elif cell.verdict == verdict:
            found.equal.append(scenario)
        elif agree(scenario, cell.verdict, verdict):
            found.as_safe.append(scenario)
        else:
            found.wrong[scenario] = f"predicted {cell.verdict}, measured {verdict}"
    return found
