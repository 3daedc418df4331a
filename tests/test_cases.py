"""Every pair and variant of ../shared/cases: what is bad is found by the rule that tests/cases/shared.yaml
names, what is good is clean, and each doubt names what would settle it."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import libyaml
from tests.checkout import CASES, NO_CASES, ROOT, needs_cases
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result
from vpnlint.ruleset.ruleset import Ruleset

EXPECTED: dict[str, Any] = libyaml.load((ROOT / "tests/cases/shared.yaml").read_text(encoding="utf-8"))
EVERYWHERE = set(EXPECTED["everywhere"])
FOLDERS = {"pairs": "pair", "repositories": "repository", "variants": "variant"}
# A doubt says what it depends on, or under which condition it is harmless or harmful.
SETTLES = re.compile(r"\b(depends on|unless|if|where|because the manifests lack|outside of) \S")


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return RULESET


def words(finding: Finding) -> str:
    return f"{finding.severity if finding.answer == 'deny' else 'doubt'} {finding.rule}"


def said(result: Result, *, all_of_it: bool = False) -> Counter[str]:
    found = Counter(map(words, result.findings))
    return found if all_of_it else Counter({word: n for word, n in found.items() if word not in EVERYWHERE})


def assert_doubts_can_be_settled(result: Result) -> None:
    for finding in result.findings:
        if finding.answer == "doubt":
            assert finding.help
            assert SETTLES.search(finding.message), finding.message


@needs_cases
@pytest.mark.parametrize("case", EXPECTED["pairs"])
def test_a_pair(case: str, ruleset: Ruleset) -> None:
    expected = EXPECTED["pairs"][case]
    for half in ("bad", "good"):
        result = check([str(CASES / f"pair-{case}" / f"{half}.yaml")], ruleset)
        assert result.problems == ()
        assert said(result, all_of_it=expected.get("itself", False)) == Counter(expected[half]), half
        assert_doubts_can_be_settled(result)
        reasons = [workload.reason for workload in result.workloads if workload.reason]
        assert len(reasons) == (half == "bad" and "unknown" in expected)
        assert all(expected["unknown"] in reason for reason in reasons)


@needs_cases
@pytest.mark.parametrize("case", EXPECTED["repositories"])
def test_a_repository(case: str, ruleset: Ruleset, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(CASES / f"repository-{case}", checkout, ignore=shutil.ignore_patterns("TITLE"))
    (checkout / ".git").mkdir()
    assert_as_expected(check([str(checkout)], ruleset), EXPECTED["repositories"][case])


@needs_cases
@pytest.mark.parametrize("case", EXPECTED["variants"])
def test_a_variant(case: str, ruleset: Ruleset) -> None:
    assert_as_expected(check([str(CASES / f"variant-{case}")], ruleset), EXPECTED["variants"][case])


def assert_as_expected(result: Result, expected: dict[str, Any]) -> None:
    assert result.problems == ()
    assert said(result) == Counter(expected["found"])
    assert_doubts_can_be_settled(result)
    reasons = [workload.reason for workload in result.workloads if "unknown" in expected]
    assert len(reasons) == ("unknown" in expected)
    assert all(expected["unknown"] in reason for reason in reasons)
    assert len(result.not_judged) == ("not-judged" in expected)
    assert all(expected["not-judged"] in str(problem) for problem in result.not_judged)


def test_no_case_is_left_out() -> None:
    if not CASES.is_dir():
        pytest.skip(NO_CASES)
    held = {folder.name for folder in CASES.iterdir() if any(folder.rglob("*.y*ml"))}
    assert held == {f"{FOLDERS[kind]}-{name}" for kind in FOLDERS for name in EXPECTED[kind]}
