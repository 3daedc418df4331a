"""Every claim that cites the lab is backed by what docs/evidence holds, and the page shows just that."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests import libyaml
from tests.checkout import RULES
from tests.oracles.lab import evidence, report
from tests.oracles.lab.detector import Observation
from tests.oracles.lab.scenario import KEYS, Scenario, load
from tests.oracles.lab.verdict import BLOCKED, LEAK, TRAFFIC, judge, of_cell

DEFENCES = RULES / "defences.yaml"
RULE_FILES = sorted(RULES.glob("*.yaml"))
CITING = {
    path.stem: rule["evidence"]
    for path in RULE_FILES
    if (rule := libyaml.load(path.read_text())).get("evidence")
}
CATALOGUE = load()
DOCUMENTS = evidence.read()


@pytest.mark.parametrize("rule", CITING)
def test_a_rule_cites_evidence_that_leaks(rule: str) -> None:
    absent = [identity for identity in CITING[rule] if identity not in DOCUMENTS]
    assert not absent, f"{rule} cites evidence that is not in docs/evidence: {absent}"
    verdicts = {cell["verdict"] for identity in CITING[rule] for cell in DOCUMENTS[identity]["cells"]}
    assert LEAK in verdicts, f"{rule}: no cell of {CITING[rule]} leaks"


def test_the_defences_cite_evidence_that_is_there() -> None:
    cited = set(re.findall(r"evidence: (lab/[\w-]+)", DEFENCES.read_text()))
    assert cited
    assert cited - set(DOCUMENTS) == set()


def test_each_evidence_is_where_its_id_says() -> None:
    assert {identity: evidence.path(identity).is_file() for identity in DOCUMENTS} == dict.fromkeys(
        CATALOGUE.evidence, True
    )


@pytest.mark.parametrize("identity", CATALOGUE.evidence)
def test_every_declared_scenario_was_measured(identity: str) -> None:
    cells = DOCUMENTS[identity]["cells"]
    measured = [Scenario(*(cell[key] for key in KEYS)) for cell in cells]
    assert measured == CATALOGUE.evidence[identity]


def cells() -> list[tuple[str, dict[str, Any]]]:
    return [(identity, cell) for identity, document in DOCUMENTS.items() for cell in document["cells"]]


def test_each_verdict_follows_from_what_was_seen() -> None:
    for identity, cell in cells():
        verdicts = [
            judge(TRAFFIC[cell["traffic"]], Observation(phase["packets"], phase["seen"]))
            for phase in cell["phases"]
        ]
        assert verdicts == [phase["verdict"] for phase in cell["phases"]], (identity, cell)
        names = [phase["phase"] for phase in cell["phases"]]
        assert of_cell(list(zip(names, verdicts, strict=True))) == cell["verdict"], (identity, cell)


def test_blocked_is_never_only_a_client_that_did_nothing() -> None:
    """Each client shows each kind of its traffic somewhere, so that where it shows none, it was held back."""
    shown: dict[tuple[str, str], bool] = {}
    for _, cell in cells():
        names = (cell["client"], cell["traffic"])
        shown[names] = shown.get(names, False) or cell["verdict"] != BLOCKED
    assert [names for names, seen in shown.items() if not seen] == []


def test_a_scenario_of_two_evidences_has_one_verdict() -> None:
    verdicts: dict[Scenario, set[str]] = {}
    for _, cell in cells():
        verdicts.setdefault(Scenario(*(cell[key] for key in KEYS)), set()).add(cell["verdict"])
    assert [str(scenario) for scenario, seen in verdicts.items() if len(seen) > 1] == []


def test_controls_are_in_the_evidence() -> None:
    measured = evidence.measured()
    assert {scenario: measured.get(scenario) for scenario in CATALOGUE.controls} == CATALOGUE.controls


def test_the_page_is_not_stale() -> None:
    text = report.PAGE.read_text()
    assert report.page(text) == text, "docs/lab.md is stale: run `make lab-page`"
