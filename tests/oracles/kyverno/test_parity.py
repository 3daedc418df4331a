"""The real Kyverno CLI gives a chosen sample of workloads the answers that vpnlint gives.

The CLI compiles each policy anew for each resource, so all policies, those of each rule and the bundle, are
asked about the few fixtures that most rules have something to say of and one that none has; and the policies
hold only the part of the catalogue that these name. The API server, which compiles a policy once, is asked
about everything, by the policies as they are emitted (tests/oracles/cluster).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import libyaml
from tests.admission.verdicts import (
    POD_VIEW,
    RELEASE_VIEW,
    Judged,
    failing,
    fixtures,
    images,
    pods,
    releases,
)
from tests.shipped import RULESET
from vpnlint.admission.bundle import STEM, bundle_checks
from vpnlint.admission.check import Check, make_checks
from vpnlint.admission.kyverno_policy import make_validating_policy
from vpnlint.admission.view_evaluator import Offline
from vpnlint.admission.views import View
from vpnlint.admission.yaml_text import dump_documents
from vpnlint.ruleset.catalog import Catalog
from vpnlint.workloads.workload import Workload

_FAILED = re.compile(r"policy (\S+) -> resource \S+/(\S+) failed")
# So many workloads are asked about, and one of which there is nothing to say.
_SAMPLE = 3


def sample(judged: Iterable[Judged]) -> list[Judged]:
    """Return the few of which most policies have something new to say, and a good one."""
    left = list(judged)
    said: set[str] = set()
    chosen: list[Judged] = []
    for _ in range(_SAMPLE):
        best = max(left, key=lambda one: len(one.failing - said))
        said |= best.failing
        chosen.append(best)
    return [*chosen, next(one for one in left if not one.failing)]


def asked_by(view: View, judged: Iterable[Judged]) -> list[Check]:
    """Return the checks of every rule and of the bundle, with the part of the catalogue that matters here."""
    part = RULESET.catalog.select_part(image for one in judged for image in one.images)
    catalog: Catalog = RULESET.catalog._replace(constant=part)
    of_rules = [check for rule in RULESET.rules for check in make_checks(rule, catalog, [view])]
    return [*of_rules, *bundle_checks(RULESET.rules, catalog, [view])]


def judged_releases(found: Iterable[Workload]) -> Iterator[Judged]:
    """Yield the HelmReleases whose Pods the view can tell, each with what vpnlint says of these Pods."""
    view = Offline(RELEASE_VIEW, RULESET.catalog)
    for document, group in releases(found):
        if view.find_pods(document):
            named = tuple(image for workload in group for image in images(workload))
            current = {**document, "apiVersion": "helm.toolkit.fluxcd.io/v2"}
            yield Judged(current, named, failing(group, RELEASE_VIEW.suffix))


@pytest.mark.parametrize("view", [POD_VIEW, RELEASE_VIEW], ids=lambda view: str(view.subject))
def test_every_policy_agrees_on_a_sample_of_the_fixtures(view: View, kyverno: str, tmp_path: Path) -> None:
    found = fixtures()
    judged = sample(pods(found) if view is POD_VIEW else judged_releases(found))
    asked = asked_by(view, judged)
    (tmp_path / "policies").mkdir()
    (tmp_path / "resources").mkdir()
    for check in asked:
        text = dump_documents([make_validating_policy(check, denies=True)])
        (tmp_path / "policies" / f"{check.name}.yaml").write_text(text, encoding="utf-8")
    for number, one in enumerate(judged):
        text = libyaml.dump(_named(one.resource, f"w{number}"))
        (tmp_path / "resources" / f"{number}.yaml").write_text(text, encoding="utf-8")
    run = subprocess.run(
        [kyverno, "apply", tmp_path / "policies", "--resource", tmp_path / "resources"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "error: 0" in run.stdout, run.stdout[-3000:] + run.stderr[-3000:]
    expected = {
        (policy, f"w{number}") for number, one in enumerate(judged) for policy in _with_bundle(one, view)
    }
    assert set(_FAILED.findall(run.stdout)) == expected
    print(f"{len(asked) * len(judged)} verdicts of {len(asked)} policies agree")


def _with_bundle(one: Judged, view: View) -> set[str]:
    """Return the policies that should find a workload wanting, among them the bundle's."""
    answers = {"-doubt" if policy.endswith("-doubt") else "" for policy in one.failing}
    return {*one.failing, *(f"{STEM}{view.suffix}{answer}" for answer in answers)}


def _named(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document | {"metadata": document["metadata"] | {"name": name, "namespace": "default"}}
