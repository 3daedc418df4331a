"""The pitfalls beside the kill switch, read by hand in the corpus (tests/labels): what is found of them."""

from __future__ import annotations

import re

import pytest

from tests.checkout import ROOT, needs_corpus
from tests.labels.pitfalls import (
    PITFALLS,
    Label,
    Pitfall,
    Row,
    count_pitfall,
    denied,
    judge_labelled,
    read_labels,
)
from tools.recall import MARKS, describe_recall

pytestmark = needs_corpus

# Where vpnlint and the reader differ, and why.
DIFFER: dict[tuple[str, str], str] = {}


@pytest.fixture(scope="module")
def labels() -> list[Label]:
    return read_labels()


@pytest.fixture(scope="module")
def rows(labels: list[Label]) -> list[Row]:
    return judge_labelled(labels)


def test_every_labelled_workload_is_judged(rows: list[Row], labels: list[Label]) -> None:
    assert len(labels) >= 60
    judged = {(row.label["repo"], row.label["path"]) for row in rows if not row.workload.reason}
    assert judged == {(label["repo"], label["path"]) for label in labels}


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: f"{pitfall.rule}-{pitfall.field}")
def test_a_pitfall_is_found_where_a_reader_saw_it(rows: list[Row], pitfall: Pitfall) -> None:
    count = count_pitfall(pitfall, rows)
    assert {(repo, pitfall.rule) for repo in count.differ} <= set(DIFFER), count


def test_the_page_says_what_is_counted(rows: list[Row]) -> None:
    page = (ROOT / "docs/corpus.md").read_text(encoding="utf-8")
    match = MARKS.search(page)
    assert match is not None
    assert match[2] == "\n".join(describe_recall(rows)) + "\n"


def test_the_dead_settings_are_named(rows: list[Row]) -> None:
    for row in (row for row in rows if "obsolete" not in row.label["doubt"]):
        said = {
            name
            for finding in row.findings
            if finding.rule == "obsolete-vpn-env" and denied(finding)
            for name in re.split(", | and ", finding.message.split(" does not read ")[-1].split(":")[0])
        }
        if (row.label["repo"], "obsolete-vpn-env") not in DIFFER:
            assert said == set(row.label["obsolete"]), row.label["repo"]
