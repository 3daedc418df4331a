"""A repository that is kept ready says after each edit what a run from the start says."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import take_turn
from tests.gitops.repositories import ks, lay_out, pod
from vpnlint.check import check
from vpnlint.config.settings import Settings, read_settings
from vpnlint.editor.warm_repository import WarmRepository, find_error
from vpnlint.results.result import Result

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Egress], egress: []}
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {FIREWALL: 'off'}\n"
FILES = {
    "flux.yaml": ks("apps", "./apps", "targetNamespace: downloads"),
    "apps/kustomization.yaml": "resources: [qb, other.yaml]\ncomponents: [../component]\n",
    "apps/qb/kustomization.yaml": "resources: [pod.yaml, settings.yaml, policy.yaml]\n",
    "apps/qb/pod.yaml": pod("qb") + "      envFrom: [{configMapRef: {name: settings}}]\n",
    "apps/qb/settings.yaml": SETTINGS,
    "apps/qb/policy.yaml": POLICY,
    "apps/other.yaml": pod("other"),
    "component/kustomization.yaml": "kind: Component\nlabels: [{pairs: {a: b}}]\n",
    "loose.yaml": pod("loose"),
    "set.yaml": """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set}
spec:
  generators: [{git: {repoURL: https://example.org/r, files: [{path: "clusters/*.yaml"}]}}]
  template:
    metadata: {name: "{{path}}"}
    spec: {source: {repoURL: https://example.org/r, path: "{{place}}"}, destination: {namespace: x}}
""",
    "clusters/one.yaml": "place: argo\n",
    "argo/pod.yaml": pod("argo"),
}


def take_settings(folder: Path) -> Settings:
    """Return the settings of a repository."""
    return read_settings([str(folder)])


def _said(result: Result) -> tuple[object, ...]:
    return (
        result.findings,
        result.workloads,
        *(sorted(map(str, places)) for places in (result.problems, result.notes, result.not_judged)),
        result.not_applied,
        result.suppressed,
        result.files,
    )


def _edits(text: str, chance: random.Random) -> Iterator[str]:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    yield "\n".join([*lines[:at], "# a comment", *lines[at:]])
    yield "\n".join([*lines[:at], f"{lines[at]}x", *lines[at + 1 :]])
    yield "\n".join([*lines[:at], *lines[at + 1 :]])
    yield text.replace("qbittorrent", "podinfo")
    yield text.replace("name: ", "name: x", 1)
    yield text.replace("kind: ", "kind: X", 1)
    yield text


def compare(root: Path, names: list[str], chance: random.Random, most: int = 1000) -> None:
    """Edit files of a repository in so many ways each, and compare what is said by who kept it ready."""
    settings = take_settings(root)
    warm = WarmRepository(str(root), settings, {})
    overlays: dict[str, str] = {}
    for name in names:
        path = str(root / name)
        edits = list(_edits(Path(path).read_text(), chance))
        for text in edits[-1:] if most == 0 else chance.sample(edits[:-1], min(most, len(edits) - 1)):
            if find_error(path, text) is not None:
                continue
            overlays[path] = text
            warm.change(path, text)
            cold = check(
                [str(root)], settings.ruleset, configuration=settings.configuration, overlays=overlays
            )
            assert _said(warm.judge()) == _said(cold), (name, text)


@pytest.mark.parametrize("number", take_turn(range(3), of=3))
def test_the_same_is_said_as_by_a_run_from_the_start(tmp_path: Path, number: int) -> None:
    """Other edits by each of three commits; all by `make properties`."""
    chance = random.Random(number)
    root = lay_out(tmp_path, FILES)
    compare(root, chance.sample(sorted(FILES), len(FILES)), chance)


def test_what_is_tried_is_not_kept(tmp_path: Path) -> None:
    root = lay_out(tmp_path, FILES)
    warm = WarmRepository(str(root), take_settings(root), {})
    before, path = _said(warm.judge()), str(root / "apps/qb/pod.yaml")
    tried = warm.judge_with({path: "kind: Pod\n"})
    assert _said(tried) != before
    assert _said(warm.judge()) == before


def test_a_document_that_is_new_is_a_file_only_where_a_manifest_may_be(tmp_path: Path) -> None:
    root = lay_out(tmp_path, {**FILES, "chart/Chart.yaml": "name: x\n"})
    warm = WarmRepository(str(root), take_settings(root), {})
    for name, may in (
        ("apps/new.yaml", True),
        ("apps/other.yaml", False),
        ("apps/new.txt", False),
        (".git/new.yaml", False),
        ("node_modules/x/new.yaml", False),
        ("chart/templates/new.yaml", False),
        ("../outside.yaml", False),
    ):
        assert warm.may_become_a_file(os.path.normpath(root / name)) is may, name
