"""Where the variables of a Flux Kustomization come from, and which of them are not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import image, ks, lay_out, only, pod

APP = "apps/qb/pod.yaml"


def config_map(name: str, data: str, namespace: str = "flux-system") -> str:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {data}\n"
    )


def substitute_from(*names: str, kind: str = "ConfigMap") -> str:
    listed = ", ".join(f"{{kind: {kind}, name: {name}}}" for name in names)
    return f"postBuild: {{substituteFrom: [{listed}]}}\n"


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
        pytest.param({}, "postBuild: {substitute: {}}\n", "${TAG}", id="none at all"),
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


def test_the_strategy_always_fills_in_defaults_without_any_variable(tmp_path: Path) -> None:
    app = pod("qb").replace("5.1.2", "${TAG:=v1}")
    lay_out(
        tmp_path, {"flux/qb.yaml": ks("qb", "./apps/qb", "postBuild: {substituteStrategy: Always}"), APP: app}
    )
    assert image(only(tmp_path)) == "linuxserver/qbittorrent:v1"
