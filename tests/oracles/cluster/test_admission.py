"""A real API server refuses each rule's bad fixtures with the rule's message and admits its good ones.

By its own ValidatingAdmissionPolicies, and by Kyverno's admission controller with the ValidatingPolicies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.admission.verdicts import RELEASE_VIEW, RULESET, TRIED, workloads
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.meanings import findings, having, pod
from tests.oracles.cluster.objects import as_release, every_kind, release, template
from tests.oracles.cluster.policies import emitted, in_force, refused, until_refused, until_warned
from vpnlint.admission.view_evaluator import Offline
from vpnlint.ruleset.rule import Rule
from vpnlint.workloads.workload import Workload

# Younger rules are skipped by name.
RULES = [
    pytest.param(
        rule,
        id=rule.id,
        marks=[]
        if rule.id in TRIED
        else pytest.mark.skip(reason=f"{rule.id} is not yet tried on an API server"),
    )
    for rule in RULESET.rules
]
VIEW = Offline(RELEASE_VIEW, RULESET.catalog)


def unsafe_ones(found: list[Workload], form: str) -> list[dict[str, Any]]:
    """Return each workload as a Pod, and the HelmReleases that make or made it."""
    return [document for workload in found for document in unsafe(workload, [pod(workload)], form)]


def unsafe(workload: Workload, forms: list[dict[str, Any]], form: str) -> list[dict[str, Any]]:
    """Return what must be refused of a workload: these forms of it, and the HelmReleases that make or made
    it."""
    documents = [*forms, as_release(template(workload))]
    if workload.kind == "HelmRelease":
        source = workload.source.plain(nulls=False)
        if VIEW.find_pods(source):
            documents.append(release(source))
    # Kyverno never hears of ReplicaSets (resourceFilters in its ConfigMap), only of their Pods.
    return [one for one in documents if one["kind"] != "ReplicaSet" or form == "vap"]


def said(rule: Rule, document: dict[str, Any], folder: Path) -> list[str]:
    """Return the messages of vpnlint's own findings about an object, read from a file as a user's is."""
    file = folder / "object.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return [
        finding.message
        for workload in workloads(file)
        for finding in findings(rule, workload)
        if finding.answer == "deny"
    ]


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_is_refused_and_the_good_admitted(
    rule: Rule, form: str, plane: ControlPlane, tmp_path: Path
) -> None:
    bad, good = having(rule, "fail"), having(rule, "pass", "fixed")
    if not bad:
        pytest.skip(f"{rule.id} denies nothing of a Pod that is seen alone")
    assert good
    with in_force(plane, emitted(form, [rule]), pod(bad[0])):
        for document in [*unsafe(bad[0], every_kind(template(bad[0])), form), *unsafe_ones(bad[1:], form)]:
            until_refused(plane, document)
            message, ours = refused(plane.client, document), said(rule, document, tmp_path)
            assert any(text in message for text in ours), (message, ours)
        for workload in good:
            for document in (pod(workload), as_release(template(workload))):
                assert refused(plane.client, document) == ""


@pytest.mark.parametrize("rule", RULES)
def test_what_is_in_doubt_is_admitted(rule: Rule, form: str, plane: ControlPlane) -> None:
    doubtful, bad = having(rule, "doubt"), having(rule, "fail")
    if not bad:
        pytest.skip(f"{rule.id} denies nothing of a Pod that is seen alone")
    with in_force(plane, emitted(form, [rule]), pod(bad[0])):
        for workload in doubtful:
            document = pod(workload)
            assert refused(plane.client, document) == ""
            if form == "vap":
                until_warned(plane, document, f"{rule.id}-doubt")
