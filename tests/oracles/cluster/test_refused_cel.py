"""CEL that vpnlint refuses to emit is what the API server refuses, and what it emits the API server takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.admission.test_emission import own_rule
from tests.admission.verdicts import POD_VIEW
from tests.oracles.cluster.control_plane import ControlPlane
from tests.shipped import RULESET
from vpnlint.admission.check import make_checks
from vpnlint.admission.cluster_cel import check_rule
from vpnlint.admission.native_policy import make_admission_policy
from vpnlint.errors import RuleError
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.ruleset import load_rules


def own(folder: Path, deny: str) -> Rule:
    (rule,) = (rule for rule in load_rules([own_rule(folder, deny)]).rules if rule.id == "own-rule")
    return rule


def taken(rule: Rule, plane: ControlPlane) -> bool:
    """Tell whether the API server takes the rule's policy, whatever vpnlint thinks of it."""
    (check,) = make_checks(rule, RULESET.catalog, [POD_VIEW])
    return plane.client.create(make_admission_policy(check, denies=True)[0], dry_run=True).admitted


@pytest.mark.parametrize(
    "deny",
    [
        "'it.name in [\"a\", 1]'",
        '\'"b" in [it.name, "a"]\'',
        '\'{"a": 1, "b": true}.a == 1\'',
        "'[[1], 2].size() == 2 || [true, \"x\"].size() == 2'",
        'it.name.reverse() == "a"',
    ],
)
def test_what_is_refused(deny: str, plain: ControlPlane, tmp_path: Path) -> None:
    rule = own(tmp_path, deny)
    with pytest.raises(RuleError):
        check_rule(rule)
    assert not taken(rule, plain)


@pytest.mark.parametrize(
    "deny",
    [
        '\'it.name in ["a", "b"] && it.mounts[0].path in [it.name, it.image, dyn(1)]\'',
        '\'{"a": dyn(1), "b": dyn(true)}.a == 1\'',
        "'pod.around.policies.exists(p, p.name == it.name) || it.binds == \"none\"'",
        'it.name.split("-").filter(p, p != "").join("-").matches("^[a-z]+$")',
        'it.env.exists(e, e.name.startsWith("A") && e.value.substring(0, 1).upperAscii() == "A")',
        'pod.annotations[?"a"].orValue("").trim().replace("a", "b").lowerAscii() == it.name.charAt(0)',
    ],
)
def test_what_is_taken(deny: str, plain: ControlPlane, tmp_path: Path) -> None:
    rule = own(tmp_path, deny)
    check_rule(rule)
    assert taken(rule, plain)
