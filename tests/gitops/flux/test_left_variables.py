"""A `${…}` that Flux certainly leaves as it is counts as what the VPN reads; any other is a doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check

KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec: {{interval: 1h, path: {path}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}{more}}}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: qbittorrent, namespace: media}
spec:
  initContainers:
    - name: gluetun
      image: ghcr.io/qdm12/gluetun:v3.41.3
      restartPolicy: Always
      env: [{name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT, value: "${FW:=off}"}]
      securityContext: {privileged: true}
  containers:
    - {name: qbittorrent, image: "ghcr.io/home-operations/qbittorrent:5.2.3"}
"""


def found(folder: Path, more: str, root: str = "") -> set[tuple[str, str]]:
    texts = {
        "clusters/home/apps.yaml": KUSTOMIZATION.format(name="apps", path="./apps", more=more),
        "apps/pod.yaml": POD,
        ".git/HEAD": "",
    }
    if root:
        texts["clusters/home/flux-system.yaml"] = KUSTOMIZATION.format(
            name="flux-system", path="./clusters/home", more=root
        )
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    wanted = ("vpn-settings-refused", "missing-kill-switch")
    return {(one.rule, one.answer) for one in check([str(folder)], RULESET).findings if one.rule in wanted}


@pytest.mark.parametrize("more", ["", ", postBuild: {substitute: {}}"])
def test_without_variables_the_text_reaches_the_vpn(tmp_path: Path, more: str) -> None:
    assert found(tmp_path, more, root=", wait: false") == {("vpn-settings-refused", "deny")}


def test_a_kustomization_above_that_is_not_there_may_give_variables(tmp_path: Path) -> None:
    assert found(tmp_path, "") == {("missing-kill-switch", "doubt")}


def test_variables_that_are_not_there_may_hold_it(tmp_path: Path) -> None:
    more = ", postBuild: {substituteFrom: [{kind: Secret, name: cluster}]}"
    assert found(tmp_path, more, root=", wait: false") == {("missing-kill-switch", "doubt")}


def test_with_other_variables_the_default_holds(tmp_path: Path) -> None:
    more = ", postBuild: {substitute: {OTHER: x}}"
    assert found(tmp_path, more, root=", wait: false") == {("missing-kill-switch", "deny")}
