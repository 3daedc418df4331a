"""What a Flux Kustomization puts on top, patches of patches, and where every field then stands."""

from __future__ import annotations

from pathlib import Path

from tests.gitops.repositories import image, ks, lay_out, objects, only, place, plain, pod

APP = "apps/qb/pod.yaml"
FLUX = "flux/ks.yaml"


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
    """As in many repositories: the first Kustomization patches its children so that they patch every
    HelmRelease."""
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


def test_a_value_by_substitution_stands_where_the_expression_does(tmp_path: Path) -> None:
    files = {
        "flux/qb.yaml": ks("qb", "./apps/qb", "postBuild: {substitute: {ENV: '[{name: A, value: b}]'}}"),
        APP: pod("qb") + "      env: ${ENV}\n",
    }
    root = lay_out(tmp_path, files)
    env = only(root).get("spec", "containers", 0, "env")
    assert env is not None
    assert env.to_plain() == [{"name": "A", "value": "b"}]
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
