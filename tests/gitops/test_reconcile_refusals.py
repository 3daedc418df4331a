"""What cannot be had, what Flux refuses, and what nobody should write: said once with its place, and all else
goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out, objects, plain, pod, several
from vpnlint.files.tree import Tree
from vpnlint.gitops.reconcile import reconcile_cluster

APP = "apps/qb/pod.yaml"
FLUX = "flux/ks.yaml"


def test_what_cannot_be_had_is_noted_and_all_else_goes_on(tmp_path: Path) -> None:
    files = {
        FLUX: several(
            ks("qb", "./apps/qb", "components: [../../absent]"),
            ks("gone", "./gone"),
            ks("variable", "./apps/${WHERE}"),
        ),
        "apps/qb/kustomization.yaml": """\
            resources:
              - pod.yaml
              - absent.yaml
              - https://example.com/remote.yaml
              - ./empty
            generators: [x.yaml]
            patches:
              - path: absent-patch.yaml
            """,
        "apps/qb/empty/readme.txt": "no manifest\n",
        APP: pod("qb"),
    }
    root = lay_out(tmp_path, files)
    found = reconcile_cluster([str(root / FLUX)], Tree())
    assert [resource.name for resource in found.resources] == ["qb"]
    assert found.problems == []
    noted = sorted((Path(note.file).name, note.line, note.column, note.message) for note in found.absent)
    assert noted == [
        ("ks.yaml", 7, 16, "../../absent is not there"),
        ("ks.yaml", 13, 9, "the Kustomization gone: its path ./gone is not in this repository"),
        ("ks.yaml", 20, 9, "the Kustomization variable: its path ./apps/${WHERE} is not in this repository"),
        ("kustomization.yaml", 3, 5, "absent.yaml is not there"),
        ("kustomization.yaml", 4, 5, "https://example.com/remote.yaml is remote"),
        ("kustomization.yaml", 5, 5, "./empty has no kustomization.yaml"),
        ("kustomization.yaml", 6, 14, "x.yaml is not there"),
        ("kustomization.yaml", 8, 11, "absent-patch.yaml is not there"),
    ]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        pytest.param(
            {"apps/qb/kustomization.yaml": "resources: [pod.yaml\n"},
            ("apps/qb/kustomization.yaml", 2, 1, "not valid YAML: did not find expected ',' or ']'"),
            id="a broken kustomization",
        ),
        pytest.param(
            {"apps/qb/kustomization.yaml": "resources: pod.yaml\n"},
            ("apps/qb/kustomization.yaml", 1, 12, "resources must be a list; kustomize refuses this"),
            id="a list that is none",
        ),
        pytest.param(
            {
                "apps/qb/kustomization.yaml": (
                    'resources: [pod.yaml]\npatches:\n  - target: {kind: Pod}\n    patch: \'[{"op": "remove", "path": "/x"}]\'\n'
                )
            },
            ("apps/qb/kustomization.yaml", 4, 12, "this JSON patch fails: there is nothing at /x (Pod/qb)"),
            id="a patch that fails",
        ),
        pytest.param(
            {
                "apps/qb/kustomization.yaml": (
                    "resources: [pod.yaml]\npatches:\n  - target: {kind: Pod}\n"
                    '    patch: \'[{"op": "add", "path": "/metadata/annotations/a", "value": b}]\'\n'
                )
            },
            (
                "apps/qb/kustomization.yaml",
                4,
                12,
                "this JSON patch fails: there is nothing at /metadata/annotations (Pod/qb)",
            ),
            id="a patch that adds to what is not there",
        ),
        pytest.param(
            {
                "apps/qb/kustomization.yaml": "resources: [pod.yaml]\npatches: [{path: patch.yaml}]\n",
                "apps/qb/patch.yaml": "a: {b\n",
            },
            ("apps/qb/patch.yaml", 2, 1, "not valid YAML: did not find expected ',' or '}'"),
            id="a broken patch file",
        ),
        pytest.param(
            {"apps/qb/kustomization.yaml": "resources: [pod.yaml, .]\n"},
            (
                "apps/qb/kustomization.yaml",
                1,
                23,
                ". leads back to this kustomization; kustomize refuses that",
            ),
            id="itself",
        ),
        pytest.param(
            {
                "apps/qb/kustomization.yaml": "resources: [pod.yaml, ..]\n",
                "apps/kustomization.yaml": "resources: [qb]\n",
            },
            ("apps/kustomization.yaml", 1, 13, "qb leads back to this kustomization; kustomize refuses that"),
            id="its parent",
        ),
        pytest.param(
            {
                "flux/more.yaml": ks("more", "./apps/more", 'postBuild: {substitute: {"a-b": x}}'),
                "apps/more/pod.yaml": pod("more"),
            },
            (
                "flux/more.yaml",
                7,
                28,
                "Flux refuses the variable 'a-b': names may only contain letters, digits and _",
            ),
            id="a variable that Flux refuses",
        ),
    ],
)
def test_what_flux_refuses_is_said_once_with_its_place_and_all_else_is_judged(
    files: dict[str, str], problem: tuple[str, int, int, str], tmp_path: Path
) -> None:
    whole = {
        FLUX: ks("qb", "./apps/qb"),
        APP: pod("qb"),
        "flux/other.yaml": ks("other", "./other"),
        "other/pod.yaml": pod("other"),
    }
    root = lay_out(tmp_path, whole | files)
    nodes, problems = objects(root)
    said = [
        (Path(item.file).resolve().relative_to(root).as_posix(), item.line, item.column, item.message)
        for item in problems
    ]
    assert said == [problem]
    assert "other" in [plain(node)["metadata"]["name"] for node in nodes]


@pytest.mark.parametrize(
    "text",
    [
        "resources: x\n",
        "resources: [1, null, {a: b}, [c]]\n",
        "- a\n- b\n",
        "just text\n",
        "resources: [pod.yaml]\npatches: [1, {}, {patch: 1}, {path: {}}, {target: x, patch: y}]\n",
        "resources: [pod.yaml]\nnamespace: [a]\nnamePrefix: {a: b}\nlabels: {a: b}\nimages: x\nreplicas: [x]\n",
        "resources: [pod.yaml]\nlabels: [{pairs: x}]\ncommonLabels: [x]\ncommonAnnotations: 1\n",
        "resources: [pod.yaml]\nimages: [{newTag: x}, {name: '['}, {name: [a]}]\nreplacements: [{}, {source: x}, {path: []}]\n",
        "resources: [pod.yaml]\nreplacements: [{source: {kind: Pod}, targets: [{select: {kind: Pod}, fieldPaths: [1]}]}]\n",
        "resources: [pod.yaml]\nconfigMapGenerator: [x, {name: [a]}, {literals: x}, {name: a, files: [[]]}]\nvars: [{}]\n",
        "resources: [pod.yaml]\nconfigurations: [pod.yaml]\ncomponents: [pod.yaml, 1]\ngeneratorOptions: x\n",
        "resources: [link, pod.yaml]\n",
        "\ufeffresources: [pod.yaml]\n",
        "resources: [pod.yaml]\n---\nresources: [pod.yaml]\n",
    ],
)
def test_odd_kustomizations_never_end_in_a_traceback(text: str, tmp_path: Path) -> None:
    files = {
        FLUX: ks("qb", "./apps/qb"),
        APP: pod("qb"),
        "apps/qb/kustomization.yaml": "",
        "other/pod.yaml": pod("other"),
    }
    root = lay_out(tmp_path, files | {"flux/other.yaml": ks("other", "./other")})
    (root / "apps/qb/kustomization.yaml").write_text(text)
    (root / "apps/qb/link").symlink_to("..")
    nodes, problems = objects(root)
    assert "other" in [plain(node)["metadata"]["name"] for node in nodes]
    assert all(problem.file for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        "metadata: {name: [a], namespace: {}}\nspec: {path: [x]}\n",
        "metadata: x\nspec: y\n",
        "metadata: {name: 1}\nspec: {path: ./apps/qb, postBuild: x, patches: y, targetNamespace: [z]}\n",
        "metadata: {name: a}\nspec: {path: ./apps/qb, postBuild: {substitute: [x], substituteFrom: [1, {}]}}\n",
        "metadata: {name: a}\nspec: {path: ./apps/qb, commonMetadata: {labels: x}, components: x, images: [x]}\n",
        "metadata: {name: a}\nspec: {path: ../../../../.., suspend: maybe}\n",
        "metadata: {name: a}\n",
    ],
)
def test_odd_flux_kustomizations_never_end_in_a_traceback(text: str, tmp_path: Path) -> None:
    odd = f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n{text}"
    files = {
        FLUX: odd,
        APP: pod("qb"),
        "flux/other.yaml": ks("other", "./other"),
        "other/pod.yaml": pod("other"),
    }
    nodes, _ = objects(lay_out(tmp_path, files))
    assert "other" in [plain(node)["metadata"]["name"] for node in nodes if node.get("metadata", "name")]
