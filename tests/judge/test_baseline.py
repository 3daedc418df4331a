"""Baselines and fingerprints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vpnlint.cli import main
from vpnlint.config.configuration import BASELINE_FILE
from vpnlint.errors import ConfigError
from vpnlint.judge.baseline import read_baseline, render_baseline
from vpnlint.judge.known import KnownFindings, count_findings, split_known
from vpnlint.results.finding import Answer, Finding, Severity
from vpnlint.source.node import Path as YamlPath
from vpnlint.source.node import Span


def finding(
    rule: str = "no-vpn",
    answer: Answer = "deny",
    path: YamlPath = ("spec", "containers", 0, "image"),
    line: int = 1,
) -> Finding:
    span = Span("a.yaml", line, 1, line, 2)
    return Finding(
        rule, Severity.ERROR, answer, "a message", "a help", span, path, "Pod media/qb", True, "qbittorrent"
    )


@pytest.mark.parametrize(
    "other",
    [
        finding()._replace(message="another", help="another", severity=Severity.WARNING, answer="doubt"),
        finding(line=9),
        finding()._replace(span=Span("b.yaml", 1, 1, 1, 2)),
        finding(path=("spec", "containers", 3, "image")),
        finding(path=("spec", "containers", "renamed", "image")),
    ],
)
def test_a_fingerprint_outlives_what_says_nothing_new(other: Finding) -> None:
    assert other.fingerprint == finding().fingerprint


@pytest.mark.parametrize(
    "other",
    [
        finding("unbound-interface"),
        finding(path=("spec", "initContainers", 0, "image")),
        finding(path=("spec", "containers", 0, "env")),
        finding()._replace(workload="Pod media/other"),
        finding()._replace(subject="gluetun"),
    ],
)
def test_a_fingerprint_tells_findings_apart(other: Finding) -> None:
    assert other.fingerprint != finding().fingerprint


@pytest.mark.parametrize(
    ("known", "now", "new"),
    [
        ("deny", "deny", ""),
        ("deny", "doubt", ""),
        ("doubt", "deny", "deny"),
        ("doubt", "doubt", ""),
        ("deny", "deny deny", "deny"),
        ("deny doubt", "doubt deny", ""),
        ("deny", "doubt deny", "doubt"),
        ("", "doubt", "doubt"),
    ],
)
def test_what_is_worse_or_more_is_new(known: str, now: str, new: str) -> None:
    def made(answers: str) -> list[Finding]:
        return [finding(answer="deny" if answer == "deny" else "doubt") for answer in answers.split()]

    found, old = split_known(made(now), KnownFindings(count_findings(made(known))))
    assert " ".join(item.answer for item in found) == new
    assert len(found) + len(old) == len(made(now))


def test_a_baseline_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    findings = [finding(), finding(), finding(answer="doubt"), finding("unbound-interface")]
    file = tmp_path / BASELINE_FILE
    file.write_text(render_baseline(findings), encoding="utf-8")
    assert render_baseline(reversed(findings)) == file.read_text(encoding="utf-8")
    known = read_baseline(file)
    assert known.count_left() == 4
    assert split_known(findings, known)[0] == []
    assert known.count_left() == 0
    file.write_text(render_baseline([]), encoding="utf-8")
    assert read_baseline(file).count_left() == 0


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{\n  "version": 1,\n', 3, "not valid JSON: Expecting property name enclosed in double quotes"),
        ("[]", 0, "not a baseline that this version reads; `vpnlint init --baseline` writes one"),
        ('{"version": 2}', 0, "not a baseline that this version reads; `vpnlint init --baseline` writes one"),
        (
            "[" * 100_000,
            0,
            (
                "cannot be read: maximum recursion depth exceeded while decoding a JSON array"
                " from a unicode string"
            ),
        ),
        ('{"version": 1}', 0, "findings[0] is not a finding; `vpnlint init --baseline` writes a new file"),
        (
            '{"version": 1, "findings": [{"fingerprint": "a", "answer": "deny", "count": true}]}',
            0,
            "findings[0] is not a finding; `vpnlint init --baseline` writes a new file",
        ),
        (
            '{"version": 1, "findings": [{"fingerprint": "a", "answer": "maybe", "count": 1}]}',
            0,
            "findings[0] is not a finding; `vpnlint init --baseline` writes a new file",
        ),
    ],
)
def test_a_broken_baseline_is_said_and_hides_nothing(
    text: str,
    line: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / BASELINE_FILE
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_baseline(file)
    assert (refused.value.line, refused.value.message) == (line, message)
    monkeypatch.chdir(tmp_path)
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
    pod += "spec: {containers: [{name: q, image: ghcr.io/home-operations/qbittorrent:5.1.2}]}\n"
    (tmp_path / "pod.yaml").write_text(pod, encoding="utf-8")
    assert main(["check", "--format", "json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert len(report["findings"]) == 1
    assert [(problem["file"], problem["message"]) for problem in report["problems"]] == [
        (BASELINE_FILE, message)
    ]
    assert main(["check", "--no-baseline"]) == 1
