"""The corpus, read by hand: what vpnlint says of each workload, and every row on which it differs with the
reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.checkout import CORPUS, needs_corpus
from tests.judged_corpus import judge_corpus
from vpnlint.results.finding import Finding, Severity
from vpnlint.results.result import JudgedWorkload, Result

pytestmark = needs_corpus

# Workloads that a reader of the whole repository found applied or not, and that these files show otherwise or
# not at all.
NOT_SHOWN = {
    "qlonik/musical-parakeet": "the archive lies in no folder that is applied, so somebody may apply it by hand",
    "ssouthcity/homelab": "so does what is applied by hand",
    "brettswift/k8s_nas": "the Application of another branch, and the kustomization that is there doesn't list it",
    "thisisamank/nexus-gitops": "the chart that an ApplicationSet gives these values to",
    "bossoq/home-cluster": "the commented-out Application: the chart in its folder is taken as installed",
}
DIFFER: dict[str, dict[str, str]] = {
    "egress": {
        "CrispySteak/HomeLab": "Helm refuses these values (env by name and value), so there is no Pod to judge: unknown",
        "andycooney/home-ops": "the VPN is the author's own image; a container with the tunnel device is all that shows: unknown",
    },
    "kill_switch": {
        "Deenyoro/AG-Talos-Kubernetes": "CiliumNetworkPolicies in the gateway's own kustomization let it out only by its VPN's port and DNS",
        "aclerici38/home-ops": "a Secret that hides its keys is not taken to switch Gluetun's firewall off (docs/decisions.md)",
        "ant385525/home-ops": "likewise",
    },
    "binding": {
        "DavidIlie/home-cluster": "the ignored binding names eth0, the Pod's own interface: nobody takes it for a safeguard",
    },
    "tun": {
        "jaja360/neo-bertha": "TrueCharts leaves truecharts.org/tun out of an addon's limits (excludeExtra, read in its source and rendered)",
        "nemesis1982/taloscluster": "likewise",
        "andycooney/home-ops": "the VPN is the author's own image, so no container counts as one",
    },
    "start": {"andycooney/home-ops": "likewise"},
    "floating": {},
    "public_subnets": {},
}
_KILL_SWITCH = {"in_force": "on", "off": "off", "none": "off", "unknown": "unknown", "off_partly": "on"}
_BINDING = {"tunnel": "vpn", "unknown": "none"}


class Row(NamedTuple):
    """A labelled workload as vpnlint judged it; pod is the Pod of the view (None: the chart is not known)."""

    label: dict[str, Any]
    workload: JudgedWorkload
    pod: dict[str, Any] | None
    findings: list[Finding]

    def denied(self, rule: str) -> bool:
        return any(
            (finding.rule, finding.answer) == (rule, "deny") and finding.severity is not Severity.NOTICE
            for finding in self.findings
        )

    @property
    def vpn(self) -> dict[str, Any] | None:
        """The container that the VPN runs in: one beside the client, else the client's own."""
        found = self.pod["vpns"] if self.pod is not None else []
        return next((vpn for vpn in found if vpn["role"] == "vpn"), next(iter(found), None))


@pytest.fixture(scope="module")
def result() -> Result:
    return judge_corpus().result


@pytest.fixture(scope="module")
def labels() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / "labels.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def rows(labels: list[dict[str, Any]]) -> list[Row]:
    """Each labelled workload that vpnlint judged."""
    return list(_rows(*judge_corpus(), labels))


def _rows(result: Result, pods: dict[int, dict[str, Any]], labels: list[dict[str, Any]]) -> Iterator[Row]:
    found: dict[Path, list[JudgedWorkload]] = {}
    for workload in result.workloads:
        found.setdefault(Path(workload.file).resolve(), []).append(workload)
    for label in labels:
        here = found.get(_path(label), [])
        named = [workload for workload in here if workload.name == label["name"]] or here
        for workload in named[:1]:
            findings = [item for item in result.findings if item.workload.endswith(f"{workload.name}")]
            near = [item for item in findings if Path(item.span.file).is_relative_to(_repository(label))]
            yield Row(label, workload, pods.get(id(workload.routes)), near)


def _repository(label: dict[str, Any]) -> Path:
    folder: Path = CORPUS / "repos" / label["repo"].replace("/", "__")
    return folder


def _path(label: dict[str, Any]) -> Path:
    return Path(_repository(label) / label["path"]).resolve()


def test_what_is_applied_is_judged_and_nothing_else(
    result: Result, rows: list[Row], labels: list[dict[str, Any]]
) -> None:
    judged = {(row.label["repo"], row.label["path"]) for row in rows}
    sure = [label for label in labels if label["applied"] != "unknown"]
    differ = {
        label["repo"] for label in sure if ((label["repo"], label["path"]) in judged) != label["applied"]
    }
    left = {Path(file).resolve() for file in result.not_applied}
    by_hand = {row.label["repo"] for row in rows if row.workload.applied == "nothing-followed"}
    silent = [
        label["repo"]
        for label in sure
        if not label["applied"] and _path(label) not in left and label["repo"] not in by_hand
    ]
    print(f"applied: {len(sure) - len(differ)} of {len(sure)} as a reader of the whole repository found")
    assert differ == set(NOT_SHOWN)
    assert {"qlonik/musical-parakeet", "ssouthcity/homelab"} <= by_hand
    assert silent == []


def test_no_problem_is_seen_in_files_that_flux_takes(result: Result) -> None:
    assert [str(problem) for problem in result.problems] == []


def _egress(row: Row) -> tuple[object, object]:
    return row.workload.egress, row.label["egress"]


def _kill_switch(row: Row) -> tuple[object, object]:
    assert row.pod is not None
    return row.pod["killSwitch"], _KILL_SWITCH[row.label["kill_switch"]]


def _binding(row: Row) -> tuple[object, object]:
    assert row.pod is not None
    binds = row.pod["clients"][0]["binds"]
    ours = "dead" if row.denied("ineffective-setting") else _BINDING.get(binds, binds)
    return ours, row.label["binding"]


def _tun(row: Row) -> tuple[object, object]:
    vpn = row.vpn
    return "na" if vpn is None else "granted" if vpn["tun"] else "missing", row.label["tun"]


def _start(row: Row) -> tuple[object, object]:
    vpn = row.vpn
    if vpn is None:
        return "na", row.label["start"]
    ours = "ordinary" if not vpn["native"] else "native_probe" if vpn["probed"] else "native_noprobe"
    return ours, row.label["start"]


def _floating(row: Row) -> tuple[object, object]:
    return row.denied("floating-image-tag"), bool(row.label["floating"])


def _public_subnets(row: Row) -> tuple[object, object]:
    return row.denied("public-outbound-subnets"), row.label["public_subnets"] is True


@pytest.mark.parametrize(
    ("field", "answers"),
    [
        ("egress", _egress),
        ("kill_switch", _kill_switch),
        ("binding", _binding),
        ("tun", _tun),
        ("start", _start),
        ("floating", _floating),
        ("public_subnets", _public_subnets),
    ],
)
def test_a_field_is_what_a_reader_found(
    rows: list[Row], field: str, answers: Callable[[Row], tuple[object, object]]
) -> None:
    sure = [
        row for row in rows if field not in row.label["doubt"] and (row.pod is not None or field == "egress")
    ]
    said = {row.label["repo"]: answers(row) for row in sure}
    differ = {row.label["repo"] for row in sure if len(set(answers(row))) > 1}
    share = 1 - len(differ) / len(sure)
    print(f"{field}: {len(sure) - len(differ)} of {len(sure)} as labelled ({share:.1%})")
    assert differ == set(DIFFER[field]), {repo: said[repo] for repo in differ}
    assert share >= 0.97


def test_a_client_that_nothing_makes_wait_is_seen(rows: list[Row]) -> None:
    sidecars = [row for row in rows if row.workload.egress == "sidecar" and row.label["kill_switch"] != "off"]
    answers = {
        row.label["repo"]: [item.answer for item in row.findings if item.rule == "client-before-vpn"]
        for row in sidecars
    }
    assert [
        row.label["repo"]
        for row in sidecars
        if row.label["start"] == "native_probe" and answers[row.label["repo"]]
    ] == []
    said = [answer for found in answers.values() for answer in found]
    print(
        f"client-before-vpn: {said.count('deny')} denied, {said.count('doubt')} in doubt of {len(sidecars)} sidecars"
    )
    assert "deny" in said
