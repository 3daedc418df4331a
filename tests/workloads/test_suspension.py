"""Tests that a suspended CronJob, Job or HelmRelease is noted and not judged, since it runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import RULESET
from vpnlint.check import check

POD = "template: {spec: {containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}}"
VALUES = "controllers: {a: {containers: {app: {image: {repository: linuxserver/qbittorrent, tag: 5.1.2}}}}}"
CHART = "chart: {spec: {chart: app-template, version: 4.4.0}}"
CRONJOB = VALUES.replace(
    "containers:", "type: cronjob, cronjob: {schedule: '@daily', suspend: SUSPEND}, containers:"
)
MANIFESTS = {
    "CronJob": f"apiVersion: batch/v1\nkind: CronJob\nspec: {{suspend: SUSPEND, jobTemplate: {{spec: {{{POD}}}}}}}",
    "Job": f"apiVersion: batch/v1\nkind: Job\nspec: {{suspend: SUSPEND, {POD}}}",
    "HelmRelease": f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {{suspend: SUSPEND, {CHART}, values: {{{VALUES}}}}}",
    "CronJob of a chart": f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {{{CHART}, values: {{{CRONJOB}}}}}",
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_what_is_suspended_is_noted_and_not_judged(tmp_path: Path, name: str) -> None:
    text = MANIFESTS[name] + "\nmetadata: {name: torrents, namespace: media}\n"
    file = tmp_path / "one.yaml"
    file.write_text(text.replace("SUSPEND", "true"))
    result = check([str(tmp_path)], RULESET)
    assert (result.findings, result.workloads, result.problems) == ((), (), ())
    effect = "Flux leaves it as it is" if name == "HelmRelease" else "it starts no Pods"
    assert [note.message.rpartition(": ")[2] for note in result.notes] == [effect]
    file.write_text(text.replace("SUSPEND", "false"))
    result = check([str(tmp_path)], RULESET)
    assert [finding.rule for finding in result.findings] == ["no-vpn"]
    assert result.notes == ()
