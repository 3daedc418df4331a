"""Every fixture whose case has a fix: mended, its rule finds nothing in it, and nothing else is found."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import libyaml
from tests.checkout import FIXTURES, take_turn
from tests.fixing.mending import Mender
from tests.shipped import RULESET
from vpnlint.results.finding import Finding, Severity

# What no edit of the text mends, with the reason that is given.
REFUSED = {
    "missing-kill-switch/fail.windscribe": "client-before-vpn would be found then",
    "missing-tun-device/doubt.proxy-class": "how volumeMounts is written here is not known",
    "missing-tun-device/fail.proxy-class-without-mknod": "how volumeMounts is written here is not known",
}
_WITH_FIXES = {rule.id for rule in RULESET.rules if any(case.fixes for case in rule.cases)}


def cases() -> list[str]:
    """The fixtures of rules with fixes in which something is found."""
    return [
        path.relative_to(FIXTURES).as_posix()
        for path in sorted(FIXTURES.glob("*/*.yaml"))
        if path.parent.name in _WITH_FIXES and path.name.split(".")[0] in ("fail", "doubt")
    ]


def counted(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    """What is found, but for notices, which may come to light."""
    return Counter(
        (finding.rule, finding.subject) for finding in findings if finding.severity is not Severity.NOTICE
    )


@pytest.mark.parametrize("case", take_turn(cases(), of=2))
def test_a_fixture_is_clean_for_its_rule_once_it_is_mended(case: str, mender: Mender) -> None:
    """By two commits; every fixture by `make properties`."""
    file = Path("file.yaml")
    shutil.copy(FIXTURES / case, file)
    rule = case.partition("/")[0]
    before = mender.judge({}).findings
    if not any(finding.rule == rule and finding.fix is not None for finding in before):
        assert mender.mend(lambda finding: finding.rule == rule).fixed == []
        return
    outcome = mender.mend()
    expected = REFUSED.get(case.removesuffix(".yaml"))
    if expected is not None:
        assert [item.reason for item in outcome.unfixed if item.finding.rule == rule] == [expected]
        return
    assert rule not in {finding.rule for finding in outcome.result.findings}, outcome.unfixed
    assert counted(outcome.result.findings) <= counted(before)
    assert outcome.result.problems == ()
    mender.files.write(outcome.texts)
    assert list(libyaml.load_all(file.read_text(encoding="utf-8")))
    again = Mender(mender.ruleset).mend()
    assert (again.texts, again.fixed) == ({}, [])


def test_every_fix_is_made_in_some_fixture() -> None:
    """A rule with a fix has a fixture that is mended: no fix is there for show."""
    mended = {case.partition("/")[0] for case in cases() if case.removesuffix(".yaml") not in REFUSED}
    assert mended == _WITH_FIXES
