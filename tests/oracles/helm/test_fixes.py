"""Every fix of a finding in a real HelmRelease of app-template, as the real Helm and chart render it.

The chart is no part of this repository: VPNLINT_APP_TEMPLATE names a folder with VERSION/app-template in it,
its library under charts/common. The Pod that Helm makes differs by what the fix says alone, and the chart's
own JSON Schema takes the values as it took them before.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests import libyaml
from tests.checkout import CORPUS, needs_corpus
from tests.fixing.mending import DIGEST, Mender
from tests.fixing.pod_change import changed, comparable
from tests.oracles.helm.scalar_answers import program
from vpnlint.check import list_workloads
from vpnlint.fixing.propose import propose_edits
from vpnlint.results.fix import FixStep
from vpnlint.source.pod_kinds import POD_KINDS

CHARTS = Path(os.environ.get("VPNLINT_APP_TEMPLATE", ""))
HELM = program("helm")
pytestmark = [
    needs_corpus,
    pytest.mark.skipif(
        "VPNLINT_APP_TEMPLATE" not in os.environ or HELM is None,
        reason="VPNLINT_APP_TEMPLATE names no folder with the chart, or Helm is not built (make tools)",
    ),
]


def releases() -> list[dict[str, str]]:
    """The HelmReleases of the corpus that real Helm rendered, with the version of the chart."""
    if not CORPUS.is_dir():
        return []
    return [json.loads(line) for line in (CORPUS / "rendered.jsonl").read_text().splitlines()]


def find(row: dict[str, str]) -> tuple[dict[str, Any], dict[tuple[int, ...], str]] | None:
    """The values of a row's release as they are now, and the names of its containers by their places."""
    for workload, _ in list_workloads([row["path"]])[0]:
        if (workload.kind, workload.name) == (
            "HelmRelease",
            row["helmrelease"],
        ) and workload.object is not None:
            values = workload.source.get("spec", "values")
            places: dict[tuple[int, ...], str] = {}
            for node in workload.containers:
                places[node.place] = node.text_at("name")
            return values.to_plain() if values is not None else {}, places
    return None


def rendered(values: dict[str, Any], version: str) -> dict[str, dict[str, Any]]:
    """What Helm makes of values: the objects that run Pods, by name; its complaint where it refuses them."""
    done = subprocess.run(
        [str(HELM), "template", "release", str(CHARTS / version / "app-template"), "--values", "-",
         "--skip-schema-validation"],
        input=json.dumps(values), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return {"refused": {"kind": done.stderr}}
    objects = filter(None, libyaml.load_all(done.stdout))
    return {item["metadata"]["name"]: item for item in objects if item["kind"] in POD_KINDS}


def complaints(values: dict[str, Any], version: str) -> set[str]:
    """What the chart's own schema says of values."""
    chart = CHARTS / version / "app-template"
    if not (chart / "values.schema.json").exists():  # older versions have none
        return set()
    schema = json.loads((chart / "values.schema.json").read_text())

    def retrieve(uri: str) -> Resource[Any]:
        _, _, path = uri.partition("/charts/library/common/")
        # What it takes from Kubernetes's own schemas is not there.
        contents = json.loads((chart / "charts" / "common" / path).read_text()) if path else {}
        return DRAFT202012.create_resource(contents)

    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # attrs' alias of _retrieve
    validator = Draft202012Validator(schema, registry=registry)
    return {error.message for error in validator.iter_errors(values)}


def differences(
    before: dict[str, Any],
    after: dict[str, Any],
    places: dict[tuple[int, ...], str],
    steps: tuple[FixStep, ...],
) -> Iterator[str]:
    for key, old in before.items():
        names = [] if key == "refused" else [item["name"] for item in _containers(old)]
        holds = key != "refused" and all(places[step.place[1:]] in names for step in steps if _is_inner(step))
        expected = changed(old, lambda step: places[step.place[1:]], steps) if holds else old
        said, made = (libyaml.dump(comparable(item)).splitlines() for item in (expected, after.get(key, {})))
        yield from difflib.unified_diff(said, made, "said", "made", lineterm="")


def _is_inner(step: FixStep) -> bool:
    return step.base == "container" and not step.line


def _containers(workload: dict[str, Any]) -> list[dict[str, Any]]:
    spec = workload["spec"]
    spec = spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec
    pod = spec["template"]["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]


@pytest.mark.parametrize("row", releases(), ids=lambda row: f"{row['repo']}/{row['helmrelease']}")
def test_helm_makes_of_a_fix_what_it_says(row: dict[str, str], mender: Mender) -> None:
    shutil.copytree(CORPUS / "repos" / row["repo"].replace("/", "__"), Path.cwd(), dirs_exist_ok=True)
    found = find(row)
    if found is None:
        assert not mender.judge({}).problems
        return
    values, places = found
    version = row["rendered_with"]
    before = rendered(values, version)
    for finding in mender.judge({}).findings:
        fix = finding.fix
        if fix is None or not finding.workload.endswith(row["helmrelease"]):
            continue
        digests = {step.current or "": DIGEST for step in fix.steps if step.action == "pin"}
        proposal = propose_edits(finding, mender.files.read, digests)
        if proposal is None or proposal.refusal or row["path"] not in proposal.texts:
            continue
        file = Path(row["path"])
        original = file.read_bytes()
        mender.files.write({row["path"]: proposal.texts[row["path"]]})
        fixed = find(row)
        file.write_bytes(original)
        if fixed is None:
            assert mender.mend(finding.__eq__).texts == {}
            continue
        changes = list(differences(before, rendered(fixed[0], version), places, fix.steps))
        if changes:
            assert mender.mend(finding.__eq__).texts == {}, "\n".join([finding.rule, *changes])
        assert complaints(fixed[0], version) <= complaints(values, version), finding.rule
        print(f"{row['repo']}: {finding.rule}: {fix.steps[0].action} {fix.steps[0].path}: as Helm renders it")
