"""Which files of a repository are applied: from entry points, through Kustomizations, or because nothing says
otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out, names, objects, pod, several
from vpnlint.files.tree import Tree
from vpnlint.gitops.reconcile import reconcile_cluster

KUSTOMIZATION = "resources: [{}]\n"
BOOTSTRAP = {
    "clusters/home/flux-system/kustomization.yaml": KUSTOMIZATION.format("gotk-sync.yaml"),
    "clusters/home/flux-system/gotk-sync.yaml": ks("flux-system", "./clusters/home"),
    "clusters/home/apps.yaml": ks("apps", "./apps"),
    "apps/kustomization.yaml": KUSTOMIZATION.format("qb"),
    "apps/qb/kustomization.yaml": KUSTOMIZATION.format("pod.yaml"),
    "apps/qb/pod.yaml": pod("qb"),
}
# As the flux-operator and many templates have it: something outside the repository applies the folder of this
# file.
OUTWARD = {
    "flux/cluster/ks.yaml": ks("cluster-apps", "./apps"),
    "apps/qb/pod.yaml": pod("qb"),
}


@pytest.mark.parametrize(
    ("files", "applied"),
    [
        pytest.param(BOOTSTRAP, ["qb"], id="bootstrap"),
        pytest.param(OUTWARD, ["qb"], id="outward"),
        pytest.param(
            BOOTSTRAP
            | {
                "apps/old.yaml": pod("old"),
                "apps/qb/copy.yaml": pod("copy"),
                "archive/kustomization.yaml": KUSTOMIZATION.format("pod.yaml"),
                "archive/pod.yaml": pod("archived"),
                "archive/loose/pod.yaml": pod("loose"),
                "by-hand/pod.yaml": pod("by-hand"),
            },
            ["archived", "by-hand", "qb"],
            id="what nothing owns may be applied by hand",
        ),
        pytest.param(
            BOOTSTRAP
            | {
                "clusters/home/kustomization.yaml": "resources: [../../infra, apps.yaml]\n",
                "infra/kustomization.yaml": KUSTOMIZATION.format("pod.yaml"),
                "infra/pod.yaml": pod("infra"),
            },
            ["infra", "qb"],
            id="Flux's own folder was applied by hand first, though its cluster does not list it",
        ),
        pytest.param(
            OUTWARD | {"attic/ks.yaml": ks("attic", "./attic/app"), "attic/app/pod.yaml": pod("old")},
            ["old", "qb"],
            id="a Kustomization beside its own folder may be applied by hand",
        ),
        pytest.param(
            BOOTSTRAP
            | {
                "apps/kustomization.yaml": "resources:\n  # - qb\n  - other.yaml\n",
                "apps/other.yaml": pod("other"),
            },
            ["other"],
            id="commented out",
        ),
        pytest.param(
            BOOTSTRAP | {"clusters/home/apps.yaml": ks("apps", "./apps", "suspend: true")},
            [],
            id="suspended",
        ),
        pytest.param(
            BOOTSTRAP | {"clusters/home/apps.yaml": ks("apps", "./elsewhere")},
            ["qb"],
            id="a path that is not there",
        ),
        pytest.param(
            {"qb/pod.yaml": pod("qb"), "qb/other.yaml": pod("other")},
            ["other", "qb"],
            id="no Flux, no kustomization",
        ),
        pytest.param(
            {
                "overlays/home/kustomization.yaml": KUSTOMIZATION.format("../../base"),
                "base/kustomization.yaml": KUSTOMIZATION.format("pod.yaml"),
                "base/pod.yaml": pod("qb"),
                "base/unlisted.yaml": pod("unlisted"),
            },
            ["qb"],
            id="kustomize alone",
        ),
        pytest.param(
            {
                "qb/pod.yaml": pod("qb"),
                "qb/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
            },
            ["qb"],
            id="a file beside a component that lists nothing",
        ),
        pytest.param(
            BOOTSTRAP
            | {
                "apps/kustomization.yaml": KUSTOMIZATION.format("ks.yaml"),
                "apps/ks.yaml": ks("qb", "apps/qb/"),
            },
            ["qb"],
            id="nested, without ./",
        ),
        pytest.param(
            BOOTSTRAP | {"apps/kustomization.yaml": "resources: [qb]\nnamePrefix: p-\n"},
            ["p-qb"],
            id="a prefix above",
        ),
        pytest.param(
            {
                "flux/ks.yaml": ks("apps", "./apps"),
                "apps/a/pod.yaml": pod("a"),
                "apps/b/kustomization.yaml": KUSTOMIZATION.format("pod.yaml"),
                "apps/b/pod.yaml": pod("b"),
                "apps/b/unlisted.yaml": pod("unlisted"),
                "apps/b/deep/pod.yaml": pod("deep"),
                "apps/.hidden.yaml": pod("hidden"),
            },
            ["a", "b"],
            id="a path without a kustomization",
        ),
        pytest.param(
            {
                "flux/set.yaml": """\
                    apiVersion: fluxcd.controlplane.io/v1
                    kind: ResourceSet
                    metadata: {name: apps, namespace: flux-system}
                    spec:
                      inputs: [{name: a}, {name: b}]
                      resources:
                        - apiVersion: kustomize.toolkit.fluxcd.io/v1
                          kind: Kustomization
                          metadata: {name: << inputs.name >>, namespace: flux-system}
                          spec: {path: ./apps/<< inputs.name >>, targetNamespace: << inputs.name >>}
                    """,
                "apps/a/pod.yaml": pod("qb"),
                "apps/b/pod.yaml": pod("qb"),
                "apps/c/pod.yaml": pod("c"),
            },
            ["a/qb", "b/qb", "c"],
            id="a ResourceSet",
        ),
        pytest.param(
            OUTWARD | {"flux/cluster/ks.yaml": ks("cluster-apps", "../../../../../../../../apps")},
            ["qb"],
            id="a path that would lead out of the source",
        ),
        pytest.param(
            OUTWARD
            | {"flux/cluster/ks.yaml": several(ks("a", "./apps"), ks("b", "./b")), "b/pod.yaml": pod("b")},
            ["b", "qb"],
            id="several in one file",
        ),
        pytest.param(
            {"apps.yaml": ks("all", "./"), "qb/pod.yaml": pod("qb")},
            ["qb"],
            id="a Kustomization of the whole repository",
        ),
    ],
)
def test_what_is_applied(files: Mapping[str, str], applied: list[str], tmp_path: Path) -> None:
    assert names(lay_out(tmp_path, files)) == applied


def test_each_cluster_has_its_own_variables(tmp_path: Path) -> None:
    cluster = {
        "clusters/{}/flux-system/kustomization.yaml": KUSTOMIZATION.format("gotk-sync.yaml"),
        "clusters/{}/flux-system/gotk-sync.yaml": ks("flux-system", "./clusters/{}"),
        "clusters/{}/vars.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: vars, namespace: flux-system}}\ndata: {{TAG: {}}}\n",
        "clusters/{}/apps.yaml": ks(
            "apps", "./apps", "postBuild: {{substituteFrom: [{{kind: ConfigMap, name: vars}}]}}"
        ),
    }
    files = {
        path.format(name): text.replace("{{", "{").replace("}}", "}").replace("{}", name)
        for name in ("one", "two")
        for path, text in cluster.items()
    }
    files["apps/pod.yaml"] = pod("qb").replace("5.1.2", "${TAG}")
    nodes, problems = objects(lay_out(tmp_path, files))
    assert problems == ()
    images = [
        node.get("spec", "containers", 0, "image") for node in nodes if "containers" in str(node.to_plain())
    ]
    assert [image.text for image in images if image is not None] == [
        "linuxserver/qbittorrent:one",
        "linuxserver/qbittorrent:two",
    ]


def test_what_is_not_followed_is_noted_once_with_its_place(tmp_path: Path) -> None:
    files = BOOTSTRAP | {
        "clusters/home/off.yaml": ks("off", "./apps/qb", "suspend: true"),
        "clusters/home/gone.yaml": ks("gone", "./gone"),
    }
    lay_out(tmp_path, files)
    places = [str(tmp_path / "clusters/home" / name) for name in ("apps.yaml", "gone.yaml", "off.yaml")]
    cluster = reconcile_cluster(places, Tree())
    assert [(Path(note.file).name, note.line, note.column, note.message) for note in cluster.suspended] == [
        ("off.yaml", 7, 12, "the Kustomization off is suspended"),
    ]
    assert [(Path(note.file).name, note.line, note.column, note.message) for note in cluster.absent] == [
        ("gone.yaml", 5, 9, "the Kustomization gone: its path ./gone is not in this repository"),
    ]
    assert cluster.problems == []


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"apps/ks.yaml": ks("apps", "./apps"), "apps/pod.yaml": pod("qb")},
            id="a Kustomization of its own folder",
        ),
        pytest.param(
            {"a/ks.yaml": ks("a", "./b"), "b/ks.yaml": ks("b", "./a"), "b/pod.yaml": pod("qb")},
            id="two that apply each other",
        ),
    ],
)
def test_kustomizations_in_a_circle_apply_everything_once(files: Mapping[str, str], tmp_path: Path) -> None:
    assert names(lay_out(tmp_path, files)) == ["qb"]
    assert objects(tmp_path)[1] == ()


def test_a_file_that_may_hold_an_object_of_another_kind_leads_nowhere(tmp_path: Path) -> None:
    """The values of the flux-instance chart name a Kustomization, and the folder that an entry point lies
    in."""
    values = """\
        instance:
          sync:
            path: kubernetes/flux
          kustomize:
            patches:
              - patch: "[]"
                target:
                  kind: Kustomization
        """
    files = {
        "kubernetes/flux/ks.yaml": ks("apps", "./kubernetes/apps"),
        "kubernetes/apps/kustomization.yaml": KUSTOMIZATION.format("pod.yaml"),
        "kubernetes/apps/pod.yaml": pod("qb"),
        "kubernetes/apps/values.yaml": values,
        "kubernetes/apps/sub/values.yaml": values,
        "archive/values.yaml": values,
        "archive/pod.yaml": pod("old"),
    }
    assert names(lay_out(tmp_path, files)) == ["old", "qb"]
