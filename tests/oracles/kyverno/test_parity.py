"""The real Kyverno CLI gives a chosen sample of workloads the answers that vpnlint gives.

The sample holds each answer of each rule and each kind of object at least once; a rule is asked about what it
finds wanting and two other workloads, so that every workload is asked about. The CLI compiles each policy
anew for each resource, so a policy holds only the part of the catalogue that the sample names. The API
server, which compiles a policy once, is asked about everything, by the policies as they are emitted
(tests/oracles/cluster).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.admission.verdicts import (
    POD_VIEW,
    RELEASE_VIEW,
    RULESET,
    TRIED,
    TRIED_RULES,
    Judged,
    failing,
    images,
    pods,
    releases,
    tried,
    tried_fixtures,
)
from vpnlint.admission.check import Check, checks
from vpnlint.admission.kyverno_policy import validating_policy
from vpnlint.admission.view_evaluator import Offline
from vpnlint.admission.views import View
from vpnlint.admission.yaml_text import manifests
from vpnlint.ruleset.catalog import Catalog
from vpnlint.workloads.workload import Workload

_FAILED = re.compile(r"policy (\S+) -> resource \S+/(\S+) failed")
_PROCESSES = 2


def sample(judged: Iterable[Judged]) -> list[Judged]:
    """Return few of them that hold each answer and each kind that all of them hold: again and again the one
    with most news."""
    left = list(judged)
    wanted = {fact for one in left for fact in _facts(one)}
    chosen: list[Judged] = []
    while wanted:
        best = max(left, key=lambda one: len(_facts(one) & wanted))
        wanted -= _facts(best)
        chosen.append(best)
    return chosen


def _facts(one: Judged) -> set[str]:
    kind = str(one.resource["kind"])
    return {*one.failing, f"a {kind} with findings" if one.failing else f"a {kind} without"}


def compare(kyverno: str, view: View, judged: Sequence[Judged], folder: Path) -> int:
    """Hold the CLI's answers against ours, rule by rule; return how many were compared."""
    part = RULESET.catalog.select_part(image for one in judged for image in one.images)
    catalog: Catalog = replace(RULESET.catalog, constant=part)
    by_rule = [list(checks(rule, catalog, [view])) for rule in TRIED_RULES]
    with ThreadPoolExecutor(_PROCESSES) as pool:
        answers = [
            pool.submit(_compare, kyverno, asked, about(asked, judged, number), folder / str(number))
            for number, asked in enumerate(by_rule)
            if asked
        ]
        return sum(answer.result() for answer in answers)


def about(asked: Sequence[Check], judged: Sequence[Judged], number: int) -> list[Judged]:
    """Return the workloads to ask a rule about: those that it finds wanting and two others, for each rule
    other ones."""
    names = {check.name for check in asked}
    wanting = [one for one in judged if names & one.failing]
    others = [one for one in judged if not names & one.failing]
    start = 2 * number % len(others)
    return [*wanting, *(others[start:] + others[:start])[:2]]


def _compare(kyverno: str, asked: Sequence[Check], judged: Sequence[Judged], folder: Path) -> int:
    (folder / "policies").mkdir(parents=True)
    (folder / "resources").mkdir()
    for check in asked:
        (folder / "policies" / f"{check.name}.yaml").write_text(
            manifests([validating_policy(check, denies=True)]), encoding="utf-8"
        )
    for number, one in enumerate(judged):
        resource = one.resource | {
            "metadata": one.resource["metadata"] | {"name": f"w{number}", "namespace": "default"}
        }
        (folder / "resources" / f"{number}.yaml").write_text(yaml.safe_dump(resource), encoding="utf-8")
    run = subprocess.run(
        [kyverno, "apply", folder / "policies", "--resource", folder / "resources"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "error: 0" in run.stdout, run.stdout[-3000:] + run.stderr[-3000:]
    names = {check.name for check in asked}
    said = set(_FAILED.findall(run.stdout))
    ours = {(policy, f"w{number}") for number, one in enumerate(judged) for policy in one.failing & names}
    assert said == ours, [(one.resource["metadata"], sorted(one.failing)) for one in judged]
    return len(asked) * len(judged)


def judged_releases(found: Iterable[Workload]) -> Iterator[Judged]:
    """Yield the HelmReleases whose Pods the view can tell, each with what vpnlint says of these Pods."""
    view = Offline(RELEASE_VIEW, RULESET.catalog)
    for document, group in releases(found):
        if view.find_pods(document):
            named = tuple(image for workload in group for image in images(workload))
            yield Judged(
                _bare(document), named, tried(failing(group, RELEASE_VIEW.suffix), RELEASE_VIEW.suffix)
            )


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "apiVersion": "helm.toolkit.fluxcd.io/v2"}


@pytest.mark.parametrize("view", [POD_VIEW, RELEASE_VIEW], ids=lambda view: str(view.subject))
def test_every_rule_agrees_on_fixtures(view: View, kyverno: str, tmp_path: Path) -> None:
    found = tried_fixtures()
    judged = sample(pods(found) if view is POD_VIEW else judged_releases(found))
    given = {
        policy.removesuffix("-doubt").removesuffix(view.suffix) for one in judged for policy in one.failing
    }
    assert view is RELEASE_VIEW or given >= TRIED
    print(
        f"{compare(kyverno, view, judged, tmp_path)} verdicts on {len(judged)} workloads of the fixtures agree"
    )
