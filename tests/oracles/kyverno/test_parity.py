"""The real Kyverno CLI gives every Pod of the fixtures and the corpus, and their HelmReleases, the answers that vpnlint gives.

Every rule is asked of every resource. The CLI compiles each policy anew for each resource, so here a policy holds the part of the
catalogue that its resources name; as they are emitted, policies run in the suites (test_suites.py) and in tests/oracles/cluster.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tests.admission.verdicts import (
    POD_VIEW,
    RELEASE_VIEW,
    RULESET,
    Judged,
    failing,
    fixtures,
    images,
    pods,
    releases,
    workloads,
)
from tests.checkout import CORPUS, needs_corpus
from vpnlint.admission.check import checks
from vpnlint.admission.kyverno_policy import validating_policy
from vpnlint.admission.view_evaluator import Offline
from vpnlint.admission.views import View
from vpnlint.admission.yaml_text import manifests
from vpnlint.ruleset.catalog import Catalog
from vpnlint.workloads.workload import Workload

_FAILED = re.compile(r"policy (\S+) -> resource \S+/(\S+) failed")
_AT_ONCE = 20
_PROCESSES = 2
# One in so many of the corpus' HelmReleases: tests/oracles/cluster asks a real API server about all of them, in less time.
_SAMPLE = 6


def compare(kyverno: str, view: View, judged: Iterable[Judged], folder: Path) -> int:
    """Hold the CLI's answers against ours; return how many were compared."""
    # Resources with the same images lie together, so that each part of the catalogue is small.
    listed = sorted(judged, key=lambda one: one.images)
    with ThreadPoolExecutor(_PROCESSES) as pool:
        parts = [
            pool.submit(_compare, kyverno, view, listed[start : start + _AT_ONCE], folder / str(start))
            for start in range(0, len(listed), _AT_ONCE)
        ]
        return sum(part.result() for part in parts)


def _compare(kyverno: str, view: View, judged: list[Judged], folder: Path) -> int:
    (folder / "policies").mkdir(parents=True)
    (folder / "resources").mkdir()
    part = RULESET.catalog.part(image for one in judged for image in one.images)
    catalog: Catalog = replace(RULESET.catalog, constant=part)
    asked = [check for rule in RULESET.rules for check in checks(rule, catalog, [view])]
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
    said = set(_FAILED.findall(run.stdout))
    ours = {(policy, f"w{number}") for number, one in enumerate(judged) for policy in one.failing}
    assert said == ours, [(one.resource["metadata"], sorted(one.failing)) for one in judged]
    return len(asked) * len(judged)


def judged_releases(found: Iterable[Workload]) -> Iterator[Judged]:
    """Yield the HelmReleases whose Pods the view can tell, each with what vpnlint says of these Pods."""
    view = Offline(RELEASE_VIEW, RULESET.catalog)
    for document, group in releases(found):
        if view.pods(document):
            named = tuple(image for workload in group for image in images(workload))
            yield Judged(_bare(document), named, failing(group, RELEASE_VIEW.suffix))


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "apiVersion": "helm.toolkit.fluxcd.io/v2"}


def test_every_rule_agrees_on_every_fixture(kyverno: str, tmp_path: Path) -> None:
    judged = list(pods(fixtures()))
    given = {policy.removesuffix("-doubt") for one in judged for policy in one.failing}
    assert given >= {rule.id for rule in RULESET.rules}
    print(
        f"{compare(kyverno, POD_VIEW, judged, tmp_path)} verdicts on {len(judged)} Pods of the fixtures agree"
    )


@needs_corpus
def test_every_rule_agrees_on_every_rendered_pod_of_the_corpus(kyverno: str, tmp_path: Path) -> None:
    judged = list(pods(workloads(CORPUS / "rendered")))
    assert len(judged) >= 116
    print(
        f"{compare(kyverno, POD_VIEW, judged, tmp_path)} verdicts on {len(judged)} Pods of the corpus agree"
    )


@needs_corpus
def test_every_rule_agrees_on_helmreleases_of_the_corpus(kyverno: str, tmp_path: Path) -> None:
    judged = list(judged_releases(workloads(CORPUS / "repos", rendered=False)))[::_SAMPLE]
    assert len(judged) >= 15
    print(
        f"{compare(kyverno, RELEASE_VIEW, judged, tmp_path)} verdicts on {len(judged)} HelmReleases of the corpus agree"
    )
