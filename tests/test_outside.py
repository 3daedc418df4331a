"""Nothing outside of the repository is read, whatever names it: a canary lies there, and no report may hold
it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out, pod
from tests.program import vpnlint

CANARY = "canary"
LEADS_OUT = "leads outside of the repository; not read"
CLIENT = "resources: [qb.yaml]\n"
# Each way out: files of the repository, links in it (path → target), and the places at which it is a problem.
WAYS: dict[str, tuple[dict[str, str], dict[str, str], list[str]]] = {
    "resource": ({"kustomization.yaml": "resources: [qb.yaml, ../secret/pod.yaml]\n"}, {}, ["kustomization.yaml:1:22"]),
    "folder": ({"kustomization.yaml": "resources: [qb.yaml, ../secret]\n"}, {}, ["kustomization.yaml:1:22"]),
    "component": ({"kustomization.yaml": CLIENT + "components: [../secret]\n"}, {}, ["kustomization.yaml:2:14"]),
    "patch": ({"kustomization.yaml": CLIENT + "patches: [{path: ../secret/pod.yaml}]\n"}, {}, ["kustomization.yaml:2:18"]),
    "generator": (
        {"kustomization.yaml": CLIENT + "configMapGenerator: [{name: a, files: [../secret/pod.yaml]}]\n"},
        {},
        ["kustomization.yaml:2:40"],
    ),
    "env file": (
        {"kustomization.yaml": CLIENT + "secretGenerator: [{name: a, envs: [../secret/pod.yaml]}]\n"},
        {},
        ["kustomization.yaml:2:36"],
    ),
    "replacement": (
        {"kustomization.yaml": CLIENT + "replacements: [{path: ../secret/pod.yaml}]\n"},
        {},
        ["kustomization.yaml:2:23"],
    ),
    "linked file": ({"kustomization.yaml": "resources: [qb.yaml, link.yaml]\n"}, {"link.yaml": "../secret/pod.yaml"}, ["kustomization.yaml:1:22", "link.yaml"]),
    "linked folder": ({"kustomization.yaml": "resources: [qb.yaml, link]\n"}, {"link": "../secret"}, ["kustomization.yaml:1:22"]),
    "linked folder of a source": ({"flux/apps.yaml": ks("apps", "./link")}, {"link": "../secret"}, []),
    "path of a source": ({"flux/apps.yaml": ks("apps", "../secret")}, {}, []),
    "absolute path of a source": ({"flux/apps.yaml": ks("apps", "/etc")}, {}, []),
    "path of an Application": (
        {
            "argocd/app.yaml": (
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
                "spec: {source: {repoURL: https://example.org/this, path: ../secret}}\n"
            )
        },
        {},
        [],
    ),
    "values of an Application": (
        {
            "argocd/app.yaml": (
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
                "spec: {source: {repoURL: https://example.org/charts, chart: app-template, targetRevision: 4.4.0, "
                "helm: {valueFiles: [../secret/values.yaml, /../secret/values.yaml]}}}\n"
            )
        },
        {},
        [],
    ),
    "link in a folder": ({}, {"apps/link.yaml": "../../secret/pod.yaml"}, ["apps/link.yaml"]),
    "chart": (
        {"chart/Chart.yaml": "name: qbittorrent\nversion: 1.0.0\n", "chart/values.yaml": "image: qbittorrent\n"},
        {"chart/templates": "../../secret"},
        [],
    ),
}  # fmt: skip


def lay_canary(folder: Path, way: str) -> tuple[Path, list[str]]:
    """Return a repository with one way out of it beside a folder with the canary, and the places of the
    problems."""
    files, links, problems = WAYS[way]
    secret = folder / "secret"
    secret.mkdir()
    for name, text in {
        "pod.yaml": pod(CANARY),
        "kustomization.yaml": f"resources: [pod.yaml]\nnamePrefix: {CANARY}-\n",
        "values.yaml": f"controllers: {{{CANARY}: {{containers: {{app: {{image: {{repository: qbittorrent}}}}}}}}}}\n",
    }.items():
        (secret / name).write_text(text)
    root = folder / "repository"
    root.mkdir()
    lay_out(root, {"qb.yaml": pod("qb")} | files)
    for name, target in links.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(target)
    return root, problems


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return vpnlint(*arguments, folder=root)


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_out(way: str, tmp_path: Path) -> None:
    root, places = lay_canary(tmp_path, way)
    for arguments in (("check", "--verbose", "--doubts", "."), ("render", "."), ("render", "--objects", ".")):
        done = run(root, *arguments)
        assert CANARY not in done.stdout + done.stderr
        assert done.returncode < 3, done.stderr
    checked = run(root, "check", ".")
    assert "qb" in checked.stdout
    assert [line.partition(": ")[0] for line in checked.stderr.splitlines()] == places
    assert all(LEADS_OUT in line for line in checked.stderr.splitlines())


@pytest.mark.parametrize("way", ["linked file", "link in a folder"])
def test_no_link_that_is_named_leads_out(way: str, tmp_path: Path) -> None:
    root, _ = lay_canary(tmp_path, way)
    (link,) = WAYS[way][1]
    done = run(root, "check", link)
    assert CANARY not in done.stdout + done.stderr
    assert done.returncode == 2
    assert done.stderr == f"{link}: {LEADS_OUT}\n"


@pytest.mark.parametrize("asked", [".", "apps/web", "apps/web/kustomization.yaml"])
def test_a_way_out_is_a_problem_although_no_client_is_near(asked: str, tmp_path: Path) -> None:
    files = {
        "apps/qb/pod.yaml": pod("qb"),
        "apps/web/kustomization.yaml": "resources: [web.yaml, ../../../secret]\npatches: [{path: ../../../p.yaml}]\n",
        "apps/web/web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
    }
    (tmp_path / "repository").mkdir()
    root = lay_out(tmp_path / "repository", files)
    found = run(root, "check", asked)
    assert found.returncode == 2
    assert [line for line in found.stderr.splitlines() if "leads outside" in line] == [
        f"apps/web/kustomization.yaml:1:23: ../../../secret {LEADS_OUT}",
        f"apps/web/kustomization.yaml:2:18: ../../../p.yaml {LEADS_OUT}",
    ]


def test_a_way_out_of_an_archive_that_nothing_applies_fails_no_run(tmp_path: Path) -> None:
    files = {
        "flux/apps.yaml": ks("apps", "./apps"),
        "apps/kustomization.yaml": "resources: [qb.yaml]\n",
        "apps/qb.yaml": pod("qb"),
        "archive/web/kustomization.yaml": "resources: [web.yaml]\ncomponents: [../../../../components/common]\n",
        "archive/web/web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
        # A client may be near, such as by an address, and the archive is read then.
        "archive/arr/kustomization.yaml": "resources: [arr.yaml]\ncomponents: [../../../../components/common]\n",
        "archive/arr/arr.yaml": pod("arr").replace("qbittorrent", "sonarr") + "# qbittorrent\n",
    }
    for name in ("not applied", "applied"):
        (tmp_path / name).mkdir()
    root = lay_out(tmp_path / "not applied", files)
    assert run(root, "check", "--fail-on", "never", ".").returncode == 0
    assert LEADS_OUT not in run(root, "check", ".").stderr
    assert LEADS_OUT in run(root, "check", "--verbose", ".").stdout
    applied = {**files, "flux/archive.yaml": ks("archive", "./archive")}
    root = lay_out(tmp_path / "applied", applied)
    assert run(root, "check", "--fail-on", "never", ".").returncode == 2
    assert LEADS_OUT in run(root, "check", ".").stderr
