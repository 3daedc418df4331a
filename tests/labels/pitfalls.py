"""The labels of the pitfalls beside the kill switch, and how vpnlint's findings compare with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.checkout import CORPUS, ROOT
from tests.judged_corpus import judge_corpus
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload, Result

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
    named: str = ""

    @property
    def title(self) -> str:
        """What a table calls it."""
        return self.named or self.field.replace("_", " ")


def denied(finding: Finding) -> bool:
    return finding.answer == "deny"


PITFALLS = (
    Pitfall(
        "dns",
        "dns-outside-tunnel",
        lambda label: label["dns"] == "outside",
        lambda finding: denied(finding) and str(finding.severity) == "error",
        "dns: all names",
    ),
    Pitfall(
        "dns",
        "dns-outside-tunnel",
        lambda label: label["dns"] == "search-names",
        lambda finding: denied(finding) and str(finding.severity) == "notice",
        "dns: names with a search domain",
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


class Count(NamedTuple):
    """How many labelled workloads have a pitfall or not, and are told so; differ names the repositories of
    those that vpnlint and the reader see otherwise."""

    found: int
    missed: int
    false: int
    silent: int
    differ: frozenset[str]


def read_labels() -> list[Label]:
    """Return the labels, a workload each."""
    text = (ROOT / "tests/labels/pitfalls.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def judge_labelled(labels: list[Label]) -> list[Row]:
    """Return the labelled workloads of the corpus with what vpnlint says of each."""
    return list(_rows(judge_corpus().result, labels))


def count_pitfall(pitfall: Pitfall, rows: list[Row]) -> Count:
    """Return how a pitfall is found in the workloads of whose label the reader was sure."""
    counts = [0, 0, 0, 0]
    differ = set()
    for row in (row for row in rows if pitfall.field not in row.label["doubt"]):
        is_found = any(finding.rule == pitfall.rule and pitfall.answers(finding) for finding in row.findings)
        is_there = pitfall.is_there(row.label)
        counts[(0 if is_found else 1) if is_there else (2 if is_found else 3)] += 1
        if is_found != is_there:
            differ.add(row.label["repo"])
    found, missed, false, silent = counts
    return Count(found, missed, false, silent, frozenset(differ))


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
