"""What Flux makes of its Kustomizations: what they put on top, patches of patches, variables, and where every field then stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from repositories import ks, lay_out, objects, pod, several

from vpnlint.gitops.flux import Cluster, reconcile
from vpnlint.gitops.tree import Tree
from vpnlint.node import Node

APP = "apps/qb/pod.yaml"
FLUX = "flux/ks.yaml"


def config_map(name: str, data: str, namespace: str = "flux-system") -> str:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {data}\n"
    )


def substitute_from(*names: str, kind: str = "ConfigMap") -> str:
    listed = ", ".join(f"{{kind: {kind}, name: {name}}}" for name in names)
    return f"postBuild: {{substituteFrom: [{listed}]}}\n"


def only(root: Path) -> Node:
    """Return the one Pod that is applied, where nothing is wrong."""
    nodes, problems = objects(root)
    assert problems == ()
    (found,) = [node for node in nodes if node.plain()["kind"] == "Pod"]
    return found


def plain(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = node.plain()
    return found


def image(node: Node) -> str:
    found = node.get("spec", "containers", 0, "image")
    assert found is not None
    return found.text


def place(node: Node | None, root: Path) -> tuple[str, int, int]:
    """Return the file below the repository, the line and the column of a Node."""
    assert node is not None
    return Path(node.span.file).resolve().relative_to(root).as_posix(), *node.span[1:3]


def cluster(root: Path, *places: str) -> Cluster:
    return reconcile([str(root / place) for place in places], Tree())


def test_what_a_kustomization_puts_on_top(tmp_path: Path) -> None:
    more = """\
        targetNamespace: media
        namePrefix: p-
        nameSuffix: -s
        commonMetadata: {labels: {app: qb, team: a}, annotations: {note: flux}}
        images: [{name: linuxserver/qbittorrent, newTag: "5.2"}]
        components: [../../components/hostname]
        patches:
          - target: {kind: Pod}
            patch: |
              - {op: add, path: /spec/dnsPolicy, value: None}
        """
    files = {
        FLUX: ks("qb", "./apps/qb", more),
        APP: pod("qb", ", labels: {app: own, other: x}"),
        "apps/qb/kustomization.yaml": "resources: [pod.yaml]\n",
        "components/hostname/kustomization.yaml": """\
            apiVersion: kustomize.config.k8s.io/v1alpha1
            kind: Component
            patches:
              - target: {kind: Pod}
                patch: |
                  - {op: add, path: /spec/hostname, value: box}
            """,
    }
    root = lay_out(tmp_path, files)
    found = only(root)
    thing = plain(found)
    assert thing["metadata"] == {
        "name": "p-qb-s",
        "namespace": "media",
        "labels": {"app": "qb", "other": "x", "team": "a"},
        "annotations": {"note": "flux"},
    }
    assert image(found) == "linuxserver/qbittorrent:5.2"
    assert (thing["spec"]["dnsPolicy"], thing["spec"]["hostname"]) == ("None", "box")
    assert place(found.get("metadata", "namespace"), root) == (FLUX, 7, 20)
    assert place(found.get("metadata", "labels", "team"), root) == (FLUX, 10, 44)
    assert place(found.get("metadata", "labels", "other"), root) == (APP, 3, 48)
    assert place(found.get("spec", "containers", 0, "image"), root) == (FLUX, 11, 52)
    assert place(found.get("spec", "containers", 0, "name"), root) == (APP, 6, 13)
    assert place(found.get("spec", "dnsPolicy"), root) == (FLUX, 16, 51)
    assert place(found.get("spec", "hostname"), root) == ("components/hostname/kustomization.yaml", 6, 48)


def test_patches_of_patches(tmp_path: Path) -> None:
    """As in many repositories: the first Kustomization patches its children so that they patch every HelmRelease."""
    files = {
        "flux/ks.yaml": ks(
            "cluster",
            "./apps",
            """\
            patches:
              - target: {group: kustomize.toolkit.fluxcd.io, kind: Kustomization}
                patch: |-
                  apiVersion: kustomize.toolkit.fluxcd.io/v1
                  kind: Kustomization
                  metadata:
                    name: not-used
                  spec:
                    postBuild:
                      substitute:
                        TAG: "5.3"
                    patches:
                      - target:
                          kind: Pod
                        patch: |-
                          apiVersion: v1
                          kind: Pod
                          metadata:
                            name: not-used
                          spec:
                            hostNetwork: true
            """,
        ),
        "apps/qb.yaml": ks("qb", "./qb", "targetNamespace: media"),
        "qb/pod.yaml": pod("qb").replace("5.1.2", "${TAG}"),
    }
    root = lay_out(tmp_path, files)
    found = only(root)
    assert image(found) == "linuxserver/qbittorrent:5.3"
    assert plain(found)["metadata"] == {"name": "qb", "namespace": "media"}
    assert found.get("spec", "hostNetwork") is not None
    assert place(found.get("spec", "hostNetwork"), root) == ("flux/ks.yaml", 27, 24)
    assert place(found.get("spec", "containers", 0, "image"), root) == ("qb/pod.yaml", 7, 14)


@pytest.mark.parametrize(
    ("variables", "post", "tag"),
    [
        pytest.param(
            {"flux/vars.yaml": config_map("vars", "{TAG: a}")},
            substitute_from("vars"),
            "a",
            id="beside the entry point",
        ),
        pytest.param(
            {
                "flux/vars-ks.yaml": ks("vars", "./vars"),
                "vars/vars.yaml": config_map("vars", "{TAG: b}"),
            },
            substitute_from("vars"),
            "b",
            id="of another Kustomization",
        ),
        pytest.param(
            {"apps/qb/vars.yaml": config_map("vars", "{TAG: c}")},
            substitute_from("vars"),
            "c",
            id="of its own",
        ),
        pytest.param(
            {
                "flux/a.yaml": config_map("a", "{TAG: first}"),
                "flux/b.yaml": config_map("b", "{TAG: second}"),
            },
            substitute_from("a", "b"),
            "second",
            id="the later source wins",
        ),
        pytest.param(
            {"flux/vars.yaml": config_map("vars", "{TAG: from}")},
            "postBuild: {substitute: {TAG: inline}, substituteFrom: [{kind: ConfigMap, name: vars}]}\n",
            "inline",
            id="what stands inline wins",
        ),
        pytest.param({}, substitute_from("vars"), "${TAG}", id="of a ConfigMap that is not there"),
        pytest.param({}, substitute_from("vars", kind="Secret"), "${TAG}", id="of a Secret"),
        pytest.param(
            {"flux/vars.yaml": config_map("vars", "{TAG: 'ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]'}")},
            substitute_from("vars"),
            "${TAG}",
            id="encrypted by SOPS",
        ),
        pytest.param(
            {"flux/vars.yaml": config_map("vars", "{TAG: other}", namespace="elsewhere")},
            substitute_from("vars"),
            "${TAG}",
            id="of another namespace",
        ),
        pytest.param(
            {
                "flux/vars-ks.yaml": ks("vars", "./vars"),
                "vars/kustomization.yaml": """\
                    namespace: flux-system
                    configMapGenerator: [{name: vars, literals: [TAG=made], options: {disableNameSuffixHash: true}}]
                    """,
            },
            substitute_from("vars"),
            "made",
            id="of a generator",
        ),
        pytest.param(
            {
                "flux/vars-ks.yaml": ks("vars", "./vars", "postBuild: {substitute: {X: deep}}"),
                "vars/vars.yaml": config_map("vars", '{TAG: "${X}"}'),
            },
            substitute_from("vars"),
            "deep",
            id="of a ConfigMap with variables of its own",
        ),
    ],
)
def test_variables(variables: dict[str, str], post: str, tag: str, tmp_path: Path) -> None:
    files = {
        "flux/qb.yaml": ks("qb", "./apps/qb", post),
        APP: pod("qb").replace("5.1.2", "${TAG}"),
        **variables,
    }
    assert image(only(lay_out(tmp_path, files))) == f"linuxserver/qbittorrent:{tag}"


def test_an_object_that_is_exempt_from_substitution(tmp_path: Path) -> None:
    exempt = ", annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}"
    files = {
        "flux/qb.yaml": ks("qb", "./apps/qb", "postBuild: {substitute: {TAG: x}}"),
        APP: pod("qb", exempt).replace("5.1.2", "${TAG}"),
    }
    assert image(only(lay_out(tmp_path, files))) == "linuxserver/qbittorrent:${TAG}"


def test_a_value_by_substitution_stands_where_the_expression_does(tmp_path: Path) -> None:
    files = {
        "flux/qb.yaml": ks("qb", "./apps/qb", "postBuild: {substitute: {ENV: '[{name: A, value: b}]'}}"),
        APP: pod("qb") + "      env: ${ENV}\n",
    }
    root = lay_out(tmp_path, files)
    env = only(root).get("spec", "containers", 0, "env")
    assert env is not None
    assert plain(env) == [{"name": "A", "value": "b"}]  # type: ignore[comparison-overlap]
    assert place(env.get(0, "value"), root) == (APP, 8, 12)


def test_generated_files_keep_their_lines(tmp_path: Path) -> None:
    files = {
        FLUX: ks("qb", "./apps/qb"),
        "apps/qb/kustomization.yaml": """\
            resources: [pod.yaml]
            configMapGenerator:
              - name: values
                files: [values.yaml]
              - name: env
                literals: [A=1]
            """,
        "apps/qb/values.yaml": "one: 1\n",
        APP: pod("qb"),
    }
    root = lay_out(tmp_path, files)
    found = {plain(node)["metadata"]["name"]: node for node in objects(root)[0]}
    values, env = (
        next(node for name, node in found.items() if name.startswith(key)) for key in ("values-", "env-")
    )
    assert place(values.get("data", "values.yaml"), root) == ("apps/qb/values.yaml", 1, 1)
    assert place(env.get("data", "A"), root) == ("apps/qb/kustomization.yaml", 6, 16)


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
            helmCharts: [{name: x}]
            patches:
              - path: absent-patch.yaml
            """,
        "apps/qb/empty/readme.txt": "no manifest\n",
        APP: pod("qb"),
    }
    root = lay_out(tmp_path, files)
    found = cluster(root, FLUX)
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
        ("kustomization.yaml", 6, 1, "helmCharts is not followed"),
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
            ("apps/qb/kustomization.yaml", 4, 12, "nothing is at /x, so this JSON patch fails (Pod)"),
            id="a patch that fails",
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
                "Flux refuses the variable 'a-b': a name holds only letters, digits and _",
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
