"""Rules are data: what is broken is refused with its place, and users' own rules have the same rank."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpnlint.check import check
from vpnlint.errors import RuleError
from vpnlint.finding import Severity
from vpnlint.ruleset.ruleset import load

RULE = """\
id: noisy-client
severity: warning
summary: A client logs too much
for: client
deny: it.env.exists(e, e.name == "DEBUG" && e.value == "yes")
doubt: it.opaque
at: [env.DEBUG]
message: "{it.name} logs {it.env.filter(e, e.name == 'DEBUG').map(e, e.value).join('')} ({answer})"
help: remove DEBUG
why: because
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: torrents}
spec:
  containers:
    - name: client
      image: lscr.io/linuxserver/qbittorrent:5.1.2
      env:
        - name: DEBUG
          value: "yes"
"""


def refusal(folder: Path, text: str) -> str:
    (folder / "rule.yaml").write_text(text)
    with pytest.raises(RuleError) as caught:
        load([folder])
    return str(caught.value).removeprefix(f"{folder}/")


def test_a_rule_of_the_user_judges_like_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "noisy.yaml").write_text(RULE)
    (tmp_path / "pod.yaml").write_text(POD)
    result = check([str(tmp_path / "pod.yaml")], load([tmp_path / "rules"]))
    (finding,) = [finding for finding in result.findings if finding.rule == "noisy-client"]
    assert (finding.severity, finding.answer) == (Severity.WARNING, "deny")
    assert finding.message == "client logs yes (deny)"
    assert (finding.span.line, finding.span.column, finding.span.end_column) == (10, 18, 23)
    assert finding.path == ("spec", "containers", 0, "env", 0, "value")
    assert "no-vpn" in {finding.rule for finding in result.findings}


def test_a_doubt_of_a_warning_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "noisy.yaml").write_text(RULE)
    hidden = POD.replace(
        '      env:\n        - name: DEBUG\n          value: "yes"\n',
        "      envFrom: [{secretRef: {name: s}}]\n",
    )
    (tmp_path / "pod.yaml").write_text(hidden)
    result = check([str(tmp_path / "pod.yaml")], load([tmp_path / "rules"]))
    (finding,) = [finding for finding in result.findings if finding.rule == "noisy-client"]
    assert (finding.answer, finding.visible) == ("doubt", False)
    assert finding.span.line == 6, "no DEBUG there: the container's name is underlined"


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ("e.value ==", "e.value = ", "rule.yaml:5:53: not valid CEL: Syntax error"),
        (
            "it.opaque",
            "it.opaque + 1 > nobody",
            "rule.yaml:6:24: not valid CEL: undeclared reference to 'nobody'",
        ),
        ("it.opaque", "\"'text'\"", "rule.yaml:6:8: must be a condition"),
        (
            "it.env.exists(e, e.name",
            "it.env.exists(it, it.name",
            "rule.yaml:5:7: a comprehension's variable must not",
        ),
        ("for: client", "for: house", "rule.yaml:4:6: for must be one of pod, client, vpn, container"),
        ("severity: warning", "severity: fatal", "rule.yaml:2:11: severity must be error or warning"),
        ("summary: A client logs too much\n", "", "rule.yaml:1:1: the key 'summary' is missing"),
        ("why:", "reason: x\nwhy:", "rule.yaml:10:1: 'reason' is not a key of a rule"),
        (
            "help: remove DEBUG",
            "help: '{nobody}'",
            "rule.yaml:9:7: not valid CEL: undeclared reference to 'nobody'",
        ),
        ("id: noisy-client", "id: no-vpn", "rule.yaml:1:5: the id 'no-vpn' is taken by"),
        ("why: because", "why: [because", "rule.yaml:11:1: not valid YAML"),
    ],
)
def test_a_broken_rule_is_refused_at_its_place(tmp_path: Path, change: str, to: str, said: str) -> None:
    assert change in RULE
    assert refusal(tmp_path, RULE.replace(change, to)).startswith(said)


def test_a_rule_must_answer_something(tmp_path: Path) -> None:
    silent = "\n".join(line for line in RULE.splitlines() if not line.startswith(("deny", "doubt")))
    assert refusal(tmp_path, silent) == "rule.yaml:1:1: a rule needs deny or doubt"


def test_a_rule_that_fails_on_a_pod_is_a_problem_and_the_others_still_answer(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "broken.yaml").write_text(RULE.replace("it.opaque", "it.nothing.like.it"))
    (tmp_path / "pod.yaml").write_text(POD.replace("yes", "no"))
    result = check([str(tmp_path / "pod.yaml")], load([tmp_path / "rules"]))
    (problem,) = result.problems
    assert (Path(problem.file).name, problem.line) == ("broken.yaml", 6)
    assert "asked of Pod torrents" in problem.message
    assert [finding.rule for finding in result.findings] == ["no-vpn"]
