"""What Argo CD applies of a repository, by Applications and ApplicationSets."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.gitops.repositories import lay_out, pod
from tests.shipped import RULESET
from vpnlint.check import check, list_workloads

URL = "https://example.org/this"
HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: %s, namespace: argocd}\nspec:\n"
GLUETUN = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: qb}\nspec:\n"
    "  initContainers: [{name: vpn, image: 'qmcgaw/gluetun:v3.41.0', restartPolicy: Always}]\n"
    "  containers: [{name: app, image: 'linuxserver/qbittorrent:5.1.2'}]\n"
)
VALUES = (
    "controllers: {qb: {containers: {app: {image: {repository: linuxserver/qbittorrent, tag: 5.1.2}}}}}\n"
)


def application(spec: str, name: str = "app") -> str:
    return HEAD % name + indent(dedent(spec), "  ") + "  destination: {namespace: media}\n"


def source(more: str = "", path: str = "apps/qb") -> str:
    return f"source:\n  repoURL: {URL}\n  path: {path}\n" + indent(dedent(more), "  ")


def run(root: Path, files: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Return the title and the images of each workload."""
    found, problems = list_workloads([str(lay_out(root, files))])
    assert problems == ()
    return sorted(
        (workload.title, [container.text_at("image") for container in workload.containers])
        for workload, _ in found
    )


def test_its_kustomize_options_are_laid_over_the_folder(tmp_path: Path) -> None:
    more = """\
        kustomize:
          namePrefix: x-
          images: ['linuxserver/qbittorrent:5.2']
          patches:
            - target: {kind: Pod}
              patch: '[{op: remove, path: /spec/initContainers}]'
        """
    files = {
        "argocd/app.yaml": application(source(more)),
        "apps/qb/kustomization.yaml": "resources: [pod.yaml]\n",
        "apps/qb/pod.yaml": GLUETUN,
    }
    assert run(tmp_path, files) == [("Pod media/x-qb", ["linuxserver/qbittorrent:5.2"])]


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ("", ["one"]),
        ("directory: {recurse: true}\n", ["one", "two"]),
        ("directory: {recurse: true, exclude: 'deep/*'}\n", ["one"]),
        ("directory: {recurse: true, include: '{two,three}.yaml'}\n", []),
        ("directory: {recurse: true, include: 'deep/*'}\n", ["two"]),
    ],
)
def test_a_directory_is_read_as_far_as_its_source_says(
    directory: str, expected: list[str], tmp_path: Path
) -> None:
    files = {
        "argocd/app.yaml": application(source(directory)),
        "apps/qb/one.yaml": pod("one"),
        "apps/qb/deep/two.yaml": pod("two"),
    }
    assert [title for title, _ in run(tmp_path, files)] == [f"Pod media/{name}" for name in expected]


def test_what_is_hydrated_is_read_where_people_edit_it(tmp_path: Path) -> None:
    spec = (
        f"sourceHydrator:\n  drySource: {{repoURL: {URL}, path: apps/qb}}\n"
        "  syncSource: {targetBranch: env, path: qb}\n"
    )
    files = {"argocd/app.yaml": application(spec), "apps/qb/pod.yaml": pod("qb")}
    assert [title for title, _ in run(tmp_path, files)] == ["Pod media/qb"]


def test_a_root_application_and_a_set_of_directories(tmp_path: Path) -> None:
    application_set = f"""\
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {{name: apps, namespace: argocd}}
        spec:
          goTemplate: true
          generators: [{{git: {{repoURL: {URL}, directories: [{{path: apps/*}}]}}}}]
          template:
            metadata: {{name: '{{{{.path.basename}}}}'}}
            spec:
              source: {{repoURL: {URL}, path: '{{{{.path.path}}}}'}}
              destination: {{namespace: '{{{{.path.basename}}}}'}}
        """
    files = {
        "boot/root.yaml": application(source(path="sets"), "root"),
        "sets/apps.yaml": dedent(application_set),
        "apps/qb/pod.yaml": pod("qb"),
        "apps/tr/pod.yaml": pod("tr"),
    }
    assert [title for title, _ in run(tmp_path, files)] == ["Pod qb/qb", "Pod tr/tr"]
    assert check([str(tmp_path)], RULESET).not_applied == ()


def test_a_values_file_of_any_name_is_judged_once_with_what_is_laid_over_it(tmp_path: Path) -> None:
    sources = f"""\
        sources:
          - repoURL: https://bjw-s-labs.github.io/helm-charts
            chart: app-template
            targetRevision: 4.4.0
            helm:
              valueFiles: [$mine/apps/qb/any-name.yml]
              valuesObject:
                controllers:
                  qb: {{containers: {{vpn: {{image: {{repository: qmcgaw/gluetun, tag: v3.41.0}}}}}}}}
          - {{repoURL: {URL}, ref: mine}}
        """
    files = {"argocd/app.yaml": application(dedent(sources)), "apps/qb/any-name.yml": VALUES}
    images = ["linuxserver/qbittorrent:5.1.2", "qmcgaw/gluetun:v3.41.0"]
    assert run(tmp_path, files) == [("Application media/app", images)]


def test_values_that_an_application_takes_are_no_workload_of_their_own(tmp_path: Path) -> None:
    # The Application lies beside its values, and nothing in the repository applies it.
    sources = f"""\
        sources:
          - {{repoURL: {URL}, path: apps/qb/config}}
          - repoURL: https://bjw-s-labs.github.io/helm-charts
            chart: app-template
            targetRevision: 4.4.0
            helm: {{valueFiles: [$mine/apps/qb/values.yaml]}}
          - {{repoURL: {URL}, ref: mine}}
        """
    files = {
        "apps/qb/application.yaml": application(dedent(sources)),
        "apps/qb/values.yaml": VALUES,
        "apps/qb/config/kustomization.yaml": "resources: [claim.yaml]\n",
        "apps/qb/config/claim.yaml": "kind: PersistentVolumeClaim\nmetadata: {name: x}\n",
    }
    assert [title for title, _ in run(tmp_path, files)] == ["Application media/app"]


def test_a_set_that_only_a_server_can_expand_is_unknown_with_the_reason(tmp_path: Path) -> None:
    application_set = f"""\
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {{name: qbittorrent, namespace: argocd}}
        spec:
          generators: [{{pullRequest: {{}}}}]
          template:
            metadata: {{name: qbittorrent}}
            spec: {{source: {{repoURL: {URL}, path: 'apps/{{{{number}}}}'}}}}
        """
    result = check([str(lay_out(tmp_path, {"set.yaml": dedent(application_set)}))], RULESET)
    (judged,) = result.workloads
    assert (judged.kind, judged.client, judged.egress) == ("ApplicationSet", "qbittorrent", "unknown")
    assert "its generator pullRequest asks a server" in judged.reason


def test_a_path_that_no_system_has_ends_nothing(tmp_path: Path) -> None:
    spec = f'source: {{repoURL: {URL}, path: "a\\0b", helm: {{valueFiles: ["c\\0d"]}}}}\n'
    files = {"argocd/app.yaml": application(spec), "good.yaml": pod("good")}
    assert "Pod good" in [title for title, _ in run(tmp_path, files)]


def test_a_chart_that_installs_itself_without_end_is_followed_a_few_times_and_said(tmp_path: Path) -> None:
    template = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
        'metadata: {name: "{{ .Values.own }}x", namespace: argocd}\n'
        "spec:\n  source:\n"
        f"    {{repoURL: {URL}, path: apps/qb, helm: {{valuesObject: {{own: '{{{{ .Values.own }}}}x'}}}}}}\n"
        "  destination: {namespace: media}\n---\n"
    )
    files = {
        "argocd/app.yaml": application(source("helm: {valuesObject: {own: a}}\n")),
        "apps/qb/Chart.yaml": "apiVersion: v2\nname: qb\nversion: 1.0.0\n",
        "apps/qb/templates/all.yaml": template + GLUETUN,
    }
    found, problems = list_workloads([str(lay_out(tmp_path, files))])
    assert len(found) == 6
    assert [problem.message for problem in problems] == [
        "a chart installs the next for more than 5 times: what this makes is not followed"
    ]


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ("", ["Pod media/one"]),
        ("directory: {include: '*/app.yaml'}\n", ["Pod media/one"]),
        ("directory: {recurse: true}\n", ["Pod deep/two", "Pod media/one", "Pod media/two"]),
        ("directory: {recurse: true, include: '*/app.yaml'}\n", ["Pod deep/two"]),
    ],
)
def test_recurse_passes_over_kustomizations(directory: str, expected: list[str], tmp_path: Path) -> None:
    # Argo CD 3.5, ExplicitType: with `recurse` a folder is a directory whatever lies in it.
    deep = application(source(path="apps/deep"), "deep").replace("media", "deep")
    files = {
        "argocd/root.yaml": application(source(directory, path="apps"), "root"),
        "apps/kustomization.yaml": "resources: [one.yaml]\n",
        "apps/one.yaml": pod("one"),
        "apps/deep/app.yaml": deep,
        "apps/deep/kustomization.yaml": "resources: [two.yaml]\n",
        "apps/deep/two.yaml": pod("two"),
    }
    assert [title for title, _ in run(tmp_path, files)] == expected


def test_a_root_at_the_root_of_the_repository_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"root.yaml": application(source(path="apps"), "root"), "apps/qb.yaml": pod("qb")}
    monkeypatch.chdir(lay_out(tmp_path, files))
    (workload,) = check(["."], RULESET).workloads
    assert workload.applied != "nothing-followed"
