"""Rules are data: what is broken is refused with its place, and users' own rules have the same rank."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from vpnlint.check import check
from vpnlint.errors import RuleError
from vpnlint.results.finding import Severity
from vpnlint.ruleset.cache import Cache
from vpnlint.ruleset.ruleset import Ruleset, load_rules

_CACHE = tempfile.TemporaryDirectory(prefix="vpnlint-rules-")

RULE = """\
id: noisy-client
severity: warning
summary: A client logs too much
for: client
let:
  debug: it.env.filter(e, e.name == "DEBUG")
cases:
  - when: debug.exists(e, e.value == "yes")
    answer: deny
    say: "{it.name} logs {debug[0].value}"
    help: remove DEBUG
    at: [env.DEBUG]
  - when: it.opaque
    answer: doubt
    say: "{it.name} may log too much"
    help: make sure that DEBUG is not set
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


def load(folder: Path) -> Ruleset:
    """Return the shipped rules with those of a folder; what is compiled of the shipped ones is kept."""
    return load_rules([folder], cache=Cache(_CACHE.name))


def refusal(folder: Path, text: str) -> str:
    (folder / "rule.yaml").write_text(text)
    with pytest.raises(RuleError) as caught:
        load(folder)
    return str(caught.value).removeprefix(f"{folder}/")


def test_a_rule_of_the_user_judges_like_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "noisy.yaml").write_text(RULE)
    (tmp_path / "pod.yaml").write_text(POD)
    result = check([str(tmp_path / "pod.yaml")], load(tmp_path / "rules"))
    (finding,) = [finding for finding in result.findings if finding.rule == "noisy-client"]
    assert (finding.severity, finding.answer) == (Severity.WARNING, "deny")
    assert finding.message == "client logs yes"
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
    result = check([str(tmp_path / "pod.yaml")], load(tmp_path / "rules"))
    (finding,) = [finding for finding in result.findings if finding.rule == "noisy-client"]
    assert (finding.answer, finding.visible) == ("doubt", False)
    assert finding.span.line == 6, "no DEBUG there: the container's name is underlined"


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ("e.value ==", "e.value = ", "rule.yaml:8:35: not valid CEL: Syntax error"),
        (
            "when: it.opaque",
            "when: it.opaque + 1 > nobody",
            "rule.yaml:13:27: not valid CEL: undeclared reference to 'nobody'",
        ),
        (
            "e.name == ",
            "nobody.name == ",
            "rule.yaml:6:33: not valid CEL: undeclared reference to 'nobody.name'",
        ),
        ("when: it.opaque", "when: \"'text'\"", "rule.yaml:13:11: must be a condition"),
        (
            "debug.exists(e, e.value",
            "debug.exists(it, it.value",
            "rule.yaml:8:11: a comprehension's variable must not be called it",
        ),
        (
            "debug.exists(e, e.value",
            "it.env.exists(debug, debug.value",
            "rule.yaml:8:11: a comprehension's variable must not be called debug",
        ),
        ("debug:", "pod:", "rule.yaml:6:3: 'pod' cannot be the name of a value"),
        ("debug:", "a-b:", "rule.yaml:6:3: 'a-b' cannot be the name of a value"),
        ("for: client", "for: house", "rule.yaml:4:6: for must be one of pod, client, vpn, container"),
        ("severity: warning", "severity: fatal", "rule.yaml:2:11: severity must be error, warning or notice"),
        ("summary: A client logs too much\n", "", "rule.yaml:1:1: the key 'summary' is missing"),
        ("why:", "reason: x\nwhy:", "rule.yaml:17:1: 'reason' is not a key of a rule"),
        ("answer: doubt", "answer: maybe", "rule.yaml:14:13: answer must be deny or doubt"),
        ("    answer: doubt\n", "", "rule.yaml:13:5: the key 'answer' is missing"),
        ("    help: remove DEBUG\n", "", "rule.yaml:8:5: the key 'help' is missing"),
        ("at: [env.DEBUG]", "where: env", "rule.yaml:12:5: 'where' is not a key of a case"),
        (
            "help: remove DEBUG",
            "help: '{nobody}'",
            "rule.yaml:11:11: not valid CEL: undeclared reference to 'nobody'",
        ),
        ("id: noisy-client", "id: no-vpn", "rule.yaml:1:5: the id 'no-vpn' is taken by"),
        ("why: because", "why: [because", "rule.yaml:18:1: not valid YAML"),
        ("at: [env.DEBUG]", "fix: {remove: env.DEBUG}", "rule.yaml:12:5: the key 'safe' is missing"),
        (
            "at: [env.DEBUG]",
            "fix: {remove: env.DEBUG, safe: false}",
            "rule.yaml:12:10: a fix that is not safe needs a reason",
        ),
        (
            "at: [env.DEBUG]",
            "fix: {remove: a, set: b, safe: true}",
            "rule.yaml:12:10: a fix has exactly one of the keys set, rename, remove, add, move, pin",
        ),
        (
            "at: [env.DEBUG]",
            "fix: {set: env.DEBUG, safe: true}",
            "rule.yaml:12:5: the key 'to' is missing",
        ),
    ],
)
def test_a_broken_rule_is_refused_at_its_place(tmp_path: Path, change: str, to: str, said: str) -> None:
    assert change in RULE
    assert refusal(tmp_path, RULE.replace(change, to)).startswith(said)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("deny: it.opaque", "deny"),
        ("doubt: it.opaque", "doubt"),
        ("message: text", "message"),
        ("fix: text", "fix"),
    ],
)
def test_the_former_format_is_refused_with_what_to_write(tmp_path: Path, line: str, key: str) -> None:
    said = refusal(tmp_path, RULE.replace("cases:", f"{line}\ncases:"))
    assert said.startswith(f"rule.yaml:7:1: {key!r} is a key of the former rule format; write ")


def test_the_first_case_that_holds_speaks(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    both = RULE.replace("when: it.opaque", "when: debug.size() > 0").replace("answer: doubt", "answer: deny")
    (tmp_path / "rules" / "noisy.yaml").write_text(both)
    for value, number in (("yes", 0), ("no", 1)):
        (tmp_path / "pod.yaml").write_text(POD.replace('"yes"', f'"{value}"'))
        result = check([str(tmp_path / "pod.yaml")], load(tmp_path / "rules"))
        (finding,) = [finding for finding in result.findings if finding.rule == "noisy-client"]
        assert finding.case == number


def test_a_case_may_be_worse_than_its_rule_and_a_notice_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "pod.yaml").write_text(POD)
    for severity, visible in (("error", True), ("notice", False)):
        text = RULE.replace("    answer: deny", f"    answer: deny\n    severity: {severity}")
        (tmp_path / "rules" / "noisy.yaml").write_text(text)
        result = check([str(tmp_path / "pod.yaml")], load(tmp_path / "rules"))
        (finding,) = [finding for finding in result.findings if finding.rule == "noisy-client"]
        assert (str(finding.severity), finding.visible) == (severity, visible)


def test_a_fix_is_carried_with_its_holes_filled(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    text = RULE.replace("at: [env.DEBUG]", "fix: {set: 'env.{debug[0].name}', to: 'no', safe: true}")
    (tmp_path / "rules" / "noisy.yaml").write_text(text)
    (tmp_path / "pod.yaml").write_text(POD)
    result = check([str(tmp_path / "pod.yaml")], load(tmp_path / "rules"))
    (finding,) = [finding for finding in result.findings if finding.rule == "noisy-client"]
    assert finding.fix is not None
    assert (finding.fix.safe, finding.fix.reason) == (True, "")
    (step,) = finding.fix.steps
    assert (step.action, step.path, step.value, step.current) == ("set", "env.DEBUG", "no", "yes")
    assert POD.splitlines()[step.found[-1].line - 1][step.found[-1].column - 1 :].startswith(("yes", '"yes'))


def test_a_rule_that_fails_on_a_pod_is_a_problem_and_the_others_still_answer(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "broken.yaml").write_text(RULE.replace("it.opaque", "it.nothing.like.it"))
    (tmp_path / "pod.yaml").write_text(POD.replace("yes", "no"))
    result = check([str(tmp_path / "pod.yaml")], load(tmp_path / "rules"))
    (problem,) = result.problems
    assert (Path(problem.file).name, problem.line) == ("broken.yaml", 8)
    assert "asked of Pod torrents" in problem.message
    assert [finding.rule for finding in result.findings] == ["no-vpn"]


def test_many_values_may_build_on_each_other(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    values = "".join(f"  a{n}: {'1' if n < 8 else f'a{n - 8} + 1'}\n" for n in range(24))
    text = RULE.replace("let:\n", f"let:\n{values}").replace(
        "debug.exists(e, e.value", "a23 == 3 && debug.exists(e, e.value"
    )
    (tmp_path / "rules" / "noisy.yaml").write_text(text)
    (tmp_path / "pod.yaml").write_text(POD)
    result = check([str(tmp_path / "pod.yaml")], load(tmp_path / "rules"))
    assert "client logs yes" in {finding.message for finding in result.findings}
