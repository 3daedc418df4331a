"""The API server's own policies, all in force at once, say of every fixture and of the corpus what vpnlint
says.

Bound to warn, so that each answer names every policy that fails. What the API server does not take as a Pod
at all (the corpus holds `${VARIABLE}`s where a name must stand) is asked as the HelmRelease that it comes
from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.admission.verdicts import (
    RELEASE_VIEW,
    RULESET,
    TRIED_RULES,
    failing,
    failing_pod,
    releases,
    tried,
    tried_fixtures,
    workloads,
)
from tests.checkout import CORPUS, needs_corpus
from tests.oracles.cluster.client import wait
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.objects import named, release, template
from tests.oracles.cluster.policies import emitted
from vpnlint.admission.view_evaluator import Offline
from vpnlint.workloads.workload import Workload

# The HTTP status of what is no valid object.
_INVALID = (400, 422)
_FAILED = re.compile(r"Validation failed for ValidatingAdmissionPolicy '([^']+)'")
POLICIES = emitted("vap", TRIED_RULES, denies=False)
NAMES = sorted({document["metadata"]["name"] for document in POLICIES})


@pytest.fixture(scope="module")
def warning(plain: ControlPlane) -> Iterator[ControlPlane]:
    """An API server that warns by every policy."""
    for document in POLICIES:
        plain.apply(document)
    probes = [_Pod(workload) for workload in tried_fixtures() if workload.object is not None]
    wanted = {name for probe in probes for name in probe.ours}
    wait("every policy", lambda: {name for probe in probes for name in probe.said(plain)} >= wanted)
    yield plain
    for document in reversed(POLICIES):
        assert plain.client.delete(document).admitted
    wait("the end of every policy", lambda: not any(probe.said(plain) for probe in probes))


class _Pod:
    def __init__(self, workload: Workload) -> None:
        self.document = named({"apiVersion": "v1", "kind": "Pod", **template(workload)})
        self.ours = tried(failing_pod(workload), "")

    def said(self, plane: ControlPlane) -> frozenset[str]:
        answer = plane.client.create(self.document, dry_run=True)
        assert answer.admitted, answer.message
        return frozenset(_FAILED.findall("\n".join(answer.warnings)))

    def is_valid(self, plane: ControlPlane) -> bool:
        """Tell whether the API server takes this for a Pod."""
        return plane.client.create(self.document, dry_run=True).status not in _INVALID


def test_every_native_policy_says_of_every_fixture_what_vpnlint_says(warning: ControlPlane) -> None:
    probes = [_Pod(workload) for workload in tried_fixtures() if workload.object is not None]
    assert [
        (probe.document, probe.said(warning)) for probe in probes if probe.said(warning) != probe.ours
    ] == []
    pods = [name for name in NAMES if "-helmrelease" not in name]
    print(f"{len(probes) * len(pods)} verdicts on {len(probes)} Pods agree")


def test_every_native_policy_says_of_the_helmreleases_of_fixtures_what_vpnlint_says(
    warning: ControlPlane,
) -> None:
    assert compare(warning, tried_fixtures()) > 20


@needs_corpus
def test_every_native_policy_says_of_the_rendered_pods_of_the_corpus_what_vpnlint_says(
    warning: ControlPlane,
) -> None:
    probes = [_Pod(workload) for workload in workloads(CORPUS / "rendered") if workload.template is not None]
    asked = [probe for probe in probes if probe.is_valid(warning)]
    print(f"{len(asked)} of {len(probes)} rendered workloads are Pods that the API server takes")
    assert len(asked) > 50
    assert [
        (probe.document, probe.said(warning)) for probe in asked if probe.said(warning) != probe.ours
    ] == []


@needs_corpus
def test_every_native_policy_says_of_the_corpus_what_vpnlint_says(warning: ControlPlane) -> None:
    assert compare(warning, workloads(CORPUS / "repos", rendered=False)) > 300


def compare(plane: ControlPlane, found: list[Workload]) -> int:
    """Hold the answers about each HelmRelease against vpnlint's about its Pods; return how many could be
    compared."""
    view = Offline(RELEASE_VIEW, RULESET.catalog)
    compared, undecided, differing = 0, Counter[str](), []
    for document, group in releases(found):
        ours = tried(failing(group, RELEASE_VIEW.suffix), RELEASE_VIEW.suffix)
        if ours and not view.find_pods(document):
            undecided[_why(document, group)] += 1
            continue
        answer = plane.client.create(release(document), dry_run=True)
        assert answer.admitted, (document["metadata"], answer.message)
        compared += 1
        said = frozenset(_FAILED.findall("\n".join(answer.warnings)))
        if said != ours:
            differing.append((group[0].source.file, sorted(said ^ ours)))
    print(f"{compared * len(NAMES) // 2} verdicts on {compared} HelmReleases agree")
    print(f"left to the policies for Pods: {dict(undecided)}")
    assert differing == []
    return compared


def _why(document: dict[str, object], group: list[Workload]) -> str:
    spec = document["spec"]
    assert isinstance(spec, dict)
    for key in ("valuesFrom", "postRenderers"):
        if key in spec:
            return key
    values = spec.get("values", {})
    if "controllers" not in values:
        return "not app-template, or its first version"
    return str(group[0].source.file)
