"""The pitfalls beside the kill switch, read by hand in the corpus (tests/labels): what is found of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.checkout import CORPUS, ROOT, needs_corpus
from vpnlint.check import check
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.ruleset.ruleset import load_rules

pytestmark = needs_corpus

Label = dict[str, Any]


class Row(NamedTuple):
    """A labelled workload that was judged, and what was said of it."""

    label: Label
    workload: JudgedWorkload
    findings: list[Finding]


class Pitfall(NamedTuple):
    """A field of the labels, its rule, what in a label asks for a finding, and which findings answer."""

    field: str
    rule: str
    is_there: Callable[[Label], bool]
    answers: Callable[[Finding], bool] = lambda finding: True


def denied(finding: Finding) -> bool:
    return finding.answer == "deny"


PITFALLS = (
    Pitfall(
        "dns",
        "dns-outside-tunnel",
        lambda label: label["dns"] == "outside",
        lambda finding: denied(finding) and str(finding.severity) == "error",
    ),
    Pitfall(
        "dns",
        "dns-outside-tunnel",
        lambda label: label["dns"] == "search-names",
        lambda finding: denied(finding) and str(finding.severity) == "notice",
    ),
    Pitfall("obsolete", "obsolete-vpn-env", lambda label: bool(label["obsolete"]), denied),
    Pitfall(
        "probes",
        "unreliable-vpn-probe",
        lambda label: bool({"tcp", "loopback"} & set(label["probes"].values())),
        denied,
    ),
    Pitfall("rule_left", "wireguard-rule-left", lambda label: label["rule_left"] == "yes", denied),
    Pitfall("forwarded_port", "port-forward-not-synced", lambda label: label["forwarded_port"] == "unsynced"),
    Pitfall("control_server", "open-control-server", lambda label: label["control_server"] == "open"),
    Pitfall("privileged", "over-privileged-vpn", lambda label: label["privileged"] is True),
    Pitfall("identity", "replicated-vpn-identity", lambda label: label["identity"] != "single"),
    Pitfall("closed_ports", "service-port-not-opened", lambda label: bool(label["closed_ports"])),
    Pitfall(
        "torrent_port_on_loadbalancer",
        "torrent-port-on-loadbalancer",
        lambda label: label["torrent_port_on_loadbalancer"] is True,
    ),
    Pitfall(
        "mutable_tag",
        "mutable-image-tag",
        lambda label: label["mutable_tag"] is True,
    ),
    Pitfall("refused", "vpn-settings-refused", lambda label: bool(label["refused"])),
    Pitfall("rights", "missing-net-admin", lambda label: label["rights"] == "lacking"),
    Pitfall("program", "vpn-program-replaced", lambda label: label["program"] == "replaced"),
    Pitfall("host_network", "vpn-on-host-network", lambda label: label["host_network"] is True),
    Pitfall("post_rules", "opened-vpn-firewall", lambda label: label["post_rules"] is True),
    Pitfall("clear_secret", "inline-vpn-secret", lambda label: label["clear_secret"] is True),
    Pitfall(
        "misplaced_restart", "misplaced-restart-policy", lambda label: label["misplaced_restart"] is True
    ),
    Pitfall("refused_device", "refused-device-request", lambda label: label["refused_device"] is True),
    Pitfall("swallowed_gateway", "swallowed-vpn-gateway", lambda label: label["swallowed_gateway"] is True),
    Pitfall("broken_command", "broken-port-command", lambda label: label["broken_command"] is True),
)
# Where vpnlint and the reader differ, and why.
DIFFER: dict[tuple[str, str], str] = {}


@pytest.fixture(scope="module")
def labels() -> list[Label]:
    text = (ROOT / "tests/labels/pitfalls.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def rows(labels: list[Label]) -> list[Row]:
    return list(_rows(check([str(CORPUS / "repos")], load_rules()), labels))


def _rows(result: Result, labels: list[Label]) -> Iterator[Row]:
    for label in labels:
        repository = CORPUS / "repos" / label["repo"].replace("/", "__")
        path = (repository / label["path"]).resolve()
        here = [workload for workload in result.workloads if Path(workload.file).resolve() == path]
        for workload in [workload for workload in here if workload.name == label["name"]] or here:
            findings = [
                finding
                for finding in result.findings
                if finding.workload.split()[-1].rsplit("/")[-1] == workload.name
                and finding.workload.split()[0] == workload.kind
                and Path(finding.span.file).resolve().is_relative_to(repository.resolve())
            ]
            yield Row(label, workload, findings)


def test_every_labelled_workload_is_judged(rows: list[Row], labels: list[Label]) -> None:
    assert len(labels) >= 60
    judged = {(row.label["repo"], row.label["path"]) for row in rows if not row.workload.reason}
    assert judged == {(label["repo"], label["path"]) for label in labels}


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: f"{pitfall.rule}-{pitfall.field}")
def test_a_pitfall_is_found_where_a_reader_saw_it(rows: list[Row], pitfall: Pitfall) -> None:
    counts = dict.fromkeys(("hit", "missed", "false", "right"), 0)
    differ = set()
    for row in (row for row in rows if pitfall.field not in row.label["doubt"]):
        found = any(finding.rule == pitfall.rule and pitfall.answers(finding) for finding in row.findings)
        there = pitfall.is_there(row.label)
        counts[("hit" if found else "missed") if there else ("false" if found else "right")] += 1
        if found != there:
            differ.add((row.label["repo"], pitfall.rule))
    precision = counts["hit"] / max(1, counts["hit"] + counts["false"])
    recall = counts["hit"] / max(1, counts["hit"] + counts["missed"])
    print(f"{pitfall.rule} ({pitfall.field}): precision {precision:.0%}, recall {recall:.0%}, {counts}")
    assert differ <= set(DIFFER), counts


def test_the_dead_settings_are_named(rows: list[Row]) -> None:
    for row in (row for row in rows if "obsolete" not in row.label["doubt"]):
        said = {
            name
            for finding in row.findings
            if finding.rule == "obsolete-vpn-env" and denied(finding)
            for name in finding.message.split(" does not read ")[-1].split(":")[0].split(" and ")
        }
        if (row.label["repo"], "obsolete-vpn-env") not in DIFFER:
            assert said == set(row.label["obsolete"]), row.label["repo"]
