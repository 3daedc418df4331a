"""What is judged of small repositories: only what is left out for certain is not, and what cannot be judged
is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.result import Result

FOLLOWED, BY_HAND = "followed", "nothing-followed"
# Repository → the workloads that are judged, the files left out for certain, the lines on what cannot be
# judged, problems.
REPOSITORIES: dict[str, tuple[dict[str, str], list[str], list[str], list[str]]] = {
    "another-sources-path": ({"qbittorrent": FOLLOWED}, [], [], []),
    "moving-app-by-app": ({"qbittorrent": BY_HAND}, [], [], []),
    "root-below-another-kustomization": ({"qbittorrent": FOLLOWED}, [], [], []),
    "kustomization-above-the-entry-point": ({"qbittorrent": FOLLOWED}, [], [], []),
    "set-without-a-path": ({"qbittorrent": FOLLOWED}, [], [], []),
    "chart-beside-a-client": ({"qbittorrent": BY_HAND}, [], [], []),
    "left-out-for-certain": ({}, ["apps/qbittorrent/pod.yaml", "apps/sonarr/copy.yaml"], [], []),
    "only-the-folder-itself": ({"qbittorrent": FOLLOWED}, ["apps/old/pod.yaml"], [], []),
    "values-of-an-application": ({"qbittorrent": FOLLOWED}, [], [], []),
    "gateways-elsewhere": ({"by-cilium": BY_HAND, "by-pod-gateway": BY_HAND}, [], [], []),
    "two-clusters": ({"a": FOLLOWED, "b": FOLLOWED}, [], [], []),
    "no-reader": (
        {},
        [],
        [
            "cloned.yaml:1:1: not judged: CloneSet qbittorrent: vpnlint does not know CloneSet of apps.kruise.io as a kind that runs Pods",
            "helmfile.yaml:9:1: not judged: helmfile is not read",
            "values/seedbox.yaml:2:1: not judged: it is not a Kubernetes object, and nothing that vpnlint follows reads values from it",
        ],
        [],
    ),
    "languages-not-read": (
        {"qbittorrent": BY_HAND},
        [],
        [
            "cdk8s/main.ts:6:50: not judged: vpnlint does not read cdk8s",
            "cue/app.cue:5:2: not judged: vpnlint does not read CUE",
            "helmfile/helmfile.yaml.gotmpl:3:5: not judged: vpnlint does not read templates of helmfile",
            "jsonnet/main.jsonnet:1:7: not judged: vpnlint does not read Jsonnet",
            "kcl/main.k:5:40: not judged: vpnlint does not read KCL",
            "programs/app.ts:6:34: not judged: vpnlint does not read TypeScript",
            "terraform/main.tf:7:13: not judged: vpnlint does not read Terraform",
        ],
        [],
    ),
    "client-in-a-template": (
        {"media": FOLLOWED},
        [],
        [
            "charts/lookup/Chart.yaml:1:1: not judged: Chart lookup: its template pod.yaml cannot be filled in offline: the result of lookup is unknown offline",
        ],
        [],
    ),
    "client-by-a-kustomization": (
        {"by-image": BY_HAND, "by-patch": BY_HAND, "by-component": BY_HAND},
        [],
        [],
        [],
    ),
    "circle-of-kustomizations": (
        {"qbittorrent": FOLLOWED},
        [],
        [],
        [
            "apps/kustomization.yaml:5:5: . leads back to this kustomization; kustomize refuses that",
            "apps/qbittorrent/kustomization.yaml:5:5: ../../apps leads back to this kustomization; kustomize refuses that",
        ],
    ),
}


@pytest.fixture
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of a repository that is one of git's, and work in it."""
    copy = tmp_path / "repository"
    shutil.copytree(ROOT / "fixtures/repos" / request.param, copy)
    (copy / ".git").mkdir()
    monkeypatch.chdir(copy)
    return copy


def applied(result: Result) -> dict[str, str]:
    return {workload.name: workload.applied for workload in result.workloads}


@pytest.mark.parametrize(("root", "said"), REPOSITORIES.items(), ids=REPOSITORIES, indirect=["root"])
def test_what_is_judged(root: Path, said: tuple[dict[str, str], list[str], list[str], list[str]]) -> None:
    workloads, left_out, unjudged, problems = said
    result = check(["."], RULESET)
    assert applied(result) == workloads
    assert [*result.not_applied] == left_out
    assert [str(place) for place in result.not_judged] == unjudged
    assert [str(problem) for problem in result.problems] == problems


@pytest.mark.parametrize(("root", "said"), REPOSITORIES.items(), ids=REPOSITORIES, indirect=["root"])
def test_each_file_by_itself_says_the_same(
    root: Path, said: tuple[dict[str, str], list[str], list[str], list[str]]
) -> None:
    whole = check(["."], RULESET)
    for path in sorted(root.rglob("*.yaml")):
        file = str(path.relative_to(root))
        alone = check([file], RULESET)
        assert set(alone.findings) <= set(whole.findings)
        assert {item for item in whole.findings if item.span.file == file} <= set(alone.findings)
        assert applied(alone).items() <= applied(whole).items()
        assert [*alone.not_applied] == [left for left in whole.not_applied if left == file]


@pytest.mark.parametrize("root", ["client-in-a-template"], indirect=True)
@pytest.mark.parametrize(
    "file", [".", "charts/seedbox", "charts/seedbox/templates/deployment.yaml", "flux/release.yaml"]
)
def test_a_client_that_only_a_template_names_is_found_at_its_line(root: Path, file: str) -> None:
    (denied,) = (finding for finding in check([file], RULESET).findings if finding.rule == "no-vpn")
    assert (denied.span.file, denied.span.line) == ("charts/seedbox/templates/deployment.yaml", 14)
    assert denied.workload == "HelmRelease media/media"


@pytest.mark.parametrize("root", ["another-sources-path"], indirect=True)
def test_a_path_of_another_source_is_noted(root: Path) -> None:
    (note,) = (note for note in check(["."], RULESET).notes if "gateway-api" in note.message)
    assert str(note) == (
        "apps/crds.yaml:1:1: the path ./ of GitRepository gateway-api is not in this repository; it is not read"
    )


@pytest.mark.parametrize("root", ["two-clusters"], indirect=True)
def test_a_policy_of_another_cluster_blocks_nothing(root: Path) -> None:
    denied = {finding.workload for finding in check(["."], RULESET).findings if finding.rule == "no-vpn"}
    assert "Pod downloads/a" in denied
    assert "Pod downloads/b" not in denied
