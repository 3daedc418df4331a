"""The corpus, read by hand: what vpnlint says of each workload, and every row on which it differs with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vpnlint.check import check
from vpnlint.finding import Judged, Result
from vpnlint.ruleset import load

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not at ../shared/corpus")

OTHER_EGRESS = {
    "CrispySteak/HomeLab": "Helm refuses these values (env by name and value), so there is no Pod to judge: unknown",
    "FreekingDean/homelab": "a chart of the author's own that happens to be called app-template: unknown",
    "andycooney/home-ops": "the VPN is the author's own image; a container with the tunnel device is all that shows: unknown",
}
OTHER_DEAD_BINDING = {
    "DavidIlie/home-cluster": "the ignored binding names eth0, the Pod's own interface: nobody takes it for a safeguard",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """What vpnlint says of the whole corpus, in one run."""
    return check([str(CORPUS / "repos")], load())


@pytest.fixture(scope="module")
def rows(result: Result) -> list[tuple[dict[str, Any], Judged]]:
    """Each labelled workload that vpnlint found, with its label."""
    return list(_pairs(result))


def _pairs(result: Result) -> Iterator[tuple[dict[str, Any], Judged]]:
    found: dict[Path, list[Judged]] = {}
    for workload in result.workloads:
        found.setdefault(Path(workload.file).resolve(), []).append(workload)
    for line in (CORPUS / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        here = found.get((CORPUS / "repos" / label["repo"].replace("/", "__") / label["path"]).resolve(), [])
        named = [workload for workload in here if workload.name == label["name"]] or here
        if named:
            yield label, named[0]


def _flagged(result: Result, rule: str) -> set[Path]:
    return {
        Path(finding.span.file).resolve()
        for finding in result.findings
        if (finding.rule, finding.answer) == (rule, "deny")
    }


def test_no_workload_is_missed_but_those_in_bare_values_files(
    rows: list[tuple[dict[str, Any], Judged]],
) -> None:
    labels = [json.loads(line) for line in (CORPUS / "labels.jsonl").read_text().splitlines()]
    missed = [label["path"] for label in labels if label not in [found for found, _ in rows]]
    assert {Path(path).name for path in missed} == {"values.yaml"}
    print(
        f"{len(labels) - len(missed)} of {len(labels)} workloads found, {len(missed)} stand in values files without an object"
    )


def test_no_problem_is_seen_in_files_that_flux_takes(result: Result) -> None:
    assert [str(problem) for problem in result.problems] == []


def test_the_way_out_is_what_a_reader_found(rows: list[tuple[dict[str, Any], Judged]]) -> None:
    sure = [(label, workload) for label, workload in rows if "egress" not in label["doubt"]]
    differ = {
        label["repo"]: workload.egress for label, workload in sure if label["egress"] != workload.egress
    }
    print(f"egress: {len(sure) - len(differ)} of {len(sure)} as labelled")
    assert differ == dict.fromkeys(OTHER_EGRESS, "unknown")


@pytest.mark.parametrize(
    ("rule", "field", "bad", "known"),
    [
        ("floating-image-tag", "floating", None, {}),
        ("public-outbound-subnets", "public_subnets", True, {}),
        ("ineffective-setting", "binding", "dead", OTHER_DEAD_BINDING),
    ],
)
def test_a_rule_flags_what_a_reader_flagged(
    result: Result,
    rows: list[tuple[dict[str, Any], Judged]],
    rule: str,
    field: str,
    bad: object,
    known: dict[str, str],
) -> None:
    flagged = _flagged(result, rule)
    sure = [(label, workload) for label, workload in rows if field not in label["doubt"]]
    differ = {
        label["repo"]
        for label, workload in sure
        if (Path(workload.file).resolve() in flagged)
        != (bool(label[field]) if bad is None else label[field] == bad)
    }
    print(f"{rule}: {len(sure) - len(differ)} of {len(sure)} as labelled")
    assert differ == set(known)


def test_a_client_that_nothing_makes_wait_is_seen(
    result: Result, rows: list[tuple[dict[str, Any], Judged]]
) -> None:
    answers = {
        Path(finding.span.file).resolve(): finding.answer
        for finding in result.findings
        if finding.rule == "client-before-vpn"
    }
    sure = [
        (label, answers.get(Path(workload.file).resolve()))
        for label, workload in rows
        if workload.egress == "sidecar" and label["kill_switch"] != "off"
    ]
    assert [
        label["repo"] for label, answer in sure if (answer is None) != label["start"].startswith("native")
    ] == []
    said = [answer for _, answer in sure]
    print(
        f"client-before-vpn: {said.count('deny')} denied, {said.count('doubt')} in doubt of {len(sure)} sidecars"
    )
