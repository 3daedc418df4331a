"""fixtures/: every manifest means what its name says, and the report about it is the golden file beside it.

A rule's folder holds `<meaning>.<case>.yaml`: fail (flagged for certain), fixed (the fail of the same case
after the change that the rule's help proposes), pass (a near miss) and doubt; fixtures/repos holds small
repositories. Nothing is registered: a new rule needs its YAML and its fixtures, and
test_every_rule_has_fixtures says which are missing.

`VPNLINT_UPDATE_GOLDEN=1 pytest tests/test_fixtures.py` writes the golden files anew. Read the difference
before committing it.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.checkout import FIXTURES
from tests.program import vpnlint
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.report.formats.text import render
from vpnlint.report.report import Report
from vpnlint.results.finding import Finding, Severity
from vpnlint.results.result import Result
from vpnlint.ruleset.ruleset import Ruleset

REPOSITORIES = FIXTURES / "repos"
LAB = FIXTURES / "lab"  # held by test_matrix.py
MEANINGS = ("fail", "fixed", "pass", "doubt")
# The answer that a rule must be able to give to need such a fixture.
NEEDED_BY = {"fail": "deny", "fixed": "deny", "pass": "", "doubt": "doubt"}


def cases() -> list[str]:
    """Return every fixture of every rule, as `rule/meaning.case.yaml`."""
    return [
        path.relative_to(FIXTURES).as_posix()
        for path in sorted(FIXTURES.glob("*/*.yaml"))
        if path.parent not in (REPOSITORIES, LAB)
    ]


def repositories() -> list[str]:
    """Return every repository with a golden report: a folder, or the folders `proposed` and `fixed` in one.

    Those without one are held by a test of what is applied (tests/gitops/test_applied.py).
    """
    found = []
    for folder in sorted(path for path in REPOSITORIES.iterdir() if path.is_dir()):
        variants = [folder / name for name in ("proposed", "fixed") if (folder / name).is_dir()]
        found += [path for path in variants or [folder] if path.with_suffix(".out").exists()]
    return [path.relative_to(FIXTURES).as_posix() for path in found]


def missing(rules: Iterable[tuple[str, set[str]]], names: Iterable[str]) -> list[str]:
    """Return the fixtures that the rules lack, each given as its id and the answers that its cases have."""
    present = {name.split(".")[0] for name in names}
    return [
        f"fixtures/{rule}/{meaning}.<case>.yaml"
        for rule, answers in rules
        for meaning in MEANINGS
        if NEEDED_BY[meaning] in (*answers, "") and f"{rule}/{meaning}" not in present
    ]


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return RULESET


@pytest.fixture(autouse=True)
def in_fixtures(lone_fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lone_fixtures)
    monkeypatch.setattr(sys, "stdout", io.StringIO())  # no terminal, also under `pytest -s`


@cache
def judged(path: str, ruleset: Ruleset) -> Result:
    """Judge a path among the fixtures, once in a process."""
    result = check([path], ruleset)
    assert result.problems == ()
    return result


def compare(result: Result, golden: Path, *, doubts: bool) -> None:
    text = render(Report(result, doubts=doubts))
    if os.environ.get("VPNLINT_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", cases())
def test_a_fixture_means_what_its_name_says(case: str, ruleset: Ruleset) -> None:
    rule, meaning = case.split(".")[0].split("/")
    result = judged(case, ruleset)
    answers = {finding.answer for finding in result.findings if finding.rule == rule}
    assert answers == {"fail": {"deny"}, "doubt": {"doubt"}, "pass": set(), "fixed": set()}[meaning]
    compare(result, (FIXTURES / case).with_suffix(".out"), doubts=True)


@pytest.mark.parametrize("folder", repositories())
def test_a_repository_is_judged_as_before(folder: str, ruleset: Ruleset) -> None:
    result = judged(folder, ruleset)
    denied = [finding for finding in result.findings if finding.answer == "deny"]
    unsafe: list[Finding] = [finding for finding in denied if finding.severity is not Severity.NOTICE]
    assert result.workloads
    assert bool(unsafe) == (not folder.endswith("/fixed"))
    assert all(workload.egress != "unknown" for workload in result.workloads)
    compare(result, FIXTURES / f"{folder}.out", doubts=False)


def test_every_rule_has_fixtures(ruleset: Ruleset) -> None:
    rules = [(rule.id, {str(case.answer) for case in rule.cases}) for rule in ruleset.rules]
    assert missing(rules, cases()) == []


def test_every_case_of_a_rule_speaks_in_one_of_its_fixtures(ruleset: Ruleset) -> None:
    silent = {(rule.id, number): case.say for rule in ruleset.rules for number, case in enumerate(rule.cases)}
    for fixture in cases():
        rule = fixture.split("/")[0]
        for finding in judged(fixture, ruleset).findings:
            if finding.rule == rule:
                silent.pop((rule, finding.case), None)
    assert silent == {}


def test_missing_fixtures_are_named() -> None:
    present = ["new/fail.a.yaml", "new/fixed.a.yaml", "old/pass.b.yaml"]
    assert missing([("new", {"deny", "doubt"})], present) == [
        "fixtures/new/pass.<case>.yaml",
        "fixtures/new/doubt.<case>.yaml",
    ]
    assert missing([("new", {"deny"})], present) == ["fixtures/new/pass.<case>.yaml"]


def test_nothing_else_lies_among_the_fixtures(ruleset: Ruleset) -> None:
    folders = {rule.id for rule in ruleset.rules} | {"repos", "lab"}
    assert {path.name for path in FIXTURES.iterdir()} == folders
    files = {
        path.relative_to(FIXTURES).as_posix()
        for path in FIXTURES.glob("*/*")
        if path.parent not in (REPOSITORIES, LAB)
    }
    assert files == {name for case in cases() for name in (case, f"{case.removesuffix('.yaml')}.out")}
    assert {path.relative_to(FIXTURES).as_posix() for path in REPOSITORIES.rglob("*.out")} == {
        f"{folder}.out" for folder in repositories()
    }


def test_each_fixed_case_is_a_failing_one() -> None:
    fixed = [case for case in cases() if "/fixed." in case]
    assert [case for case in fixed if not Path(case.replace("/fixed.", "/fail.")).exists()] == []


def test_the_golden_file_is_what_the_command_prints() -> None:
    case = "missing-kill-switch/fail.unquoted-off"
    done = vpnlint("check", f"{case}.yaml", "--format", "text", "--doubts", folder=Path.cwd())
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (FIXTURES / f"{case}.out").read_text(encoding="utf-8")
