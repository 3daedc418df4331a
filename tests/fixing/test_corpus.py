"""Every fix of every finding in real repositories, each by itself.

The text differs by the edit, the workload by what the fix says and by nothing else, all other workloads are
as they were, the finding is gone and nothing new is found, and a second run changes nothing.
"""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import libyaml
from tests.checkout import CORPUS, needs_corpus, take_turn
from tests.fixing.mending import DIGEST, Mender
from tests.fixing.pod_change import changed, comparable
from vpnlint.check import list_workloads
from vpnlint.fixing.propose import propose_edits
from vpnlint.results.finding import Finding
from vpnlint.results.fix import Fix, FixStep
from vpnlint.source.node import Span
from vpnlint.surroundings.container_env import expand_environment

pytestmark = needs_corpus

# All of them take four minutes: `make properties`.
_REPOSITORIES = take_turn(sorted(path.name for path in (CORPUS / "repos").glob("*")), of=16)


class Running(NamedTuple):
    """A workload as its containers get their variables, and the place of each container."""

    title: str
    plain: dict[str, Any]
    containers: dict[Span, str]


def running() -> Iterator[Running]:
    """What runs in the present folder."""
    for workload, objects in list_workloads(["."])[0]:
        if workload.object is None:
            continue
        full = expand_environment(workload, objects)
        assert full.object is not None
        places = {node.span: node.text_at("name") for node in full.containers}
        yield Running(workload.title, full.object.to_plain(nulls=False), places)


def fixable(findings: tuple[Finding, ...]) -> list[tuple[Finding, Fix]]:
    return [(finding, finding.fix) for finding in findings if finding.fix is not None]


def digests(fix: Fix) -> Mapping[str, str]:
    return {step.current or "": DIGEST for step in fix.steps if step.action == "pin"}


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize("name", _REPOSITORIES)
def test_each_fix_changes_what_it_says_and_nothing_else(name: str, mender: Mender) -> None:
    shutil.copytree(CORPUS / "repos" / name, Path.cwd(), dirs_exist_ok=True)
    found = fixable(mender.judge({}).findings)
    before = list(running()) if found else []
    for finding, fix in found:
        proposal = propose_edits(finding, mender.files.read, digests(fix))
        assert proposal is not None
        if proposal.refusal:
            assert not proposal.edits
            continue
        originals = {file: Path(file).read_bytes() for file in proposal.texts}
        mender.files.write(proposal.texts)
        try:
            differences = list(_differences(before, list(running()), finding, fix))
        finally:
            for file, data in originals.items():
                Path(file).write_bytes(data)
        if differences:  # The chart makes something else of it: then the judge refuses the fix.
            assert mender.mend(finding.__eq__).texts == {}, "\n".join([finding.rule, *differences])


def _differences(before: list[Running], after: list[Running], finding: Finding, fix: Fix) -> Iterator[str]:
    """Yield the lines in which what runs after a fix is not what the fix says."""
    places = [step.place for step in fix.steps if step.base == "container"]
    for number, old in enumerate(before):
        expected = comparable(old.plain)
        names = old.containers
        if old.title == finding.workload and all(place in names for place in places):
            expected = comparable(changed(old.plain, partial(_name, names), fix.steps))
        made = comparable(after[number].plain) if number < len(after) else None
        said, now = (libyaml.dump(item).splitlines() for item in (expected, made))
        yield from difflib.unified_diff(said, now, "said", "made", lineterm="")


def _name(names: Mapping[Span, str], step: FixStep) -> str:
    """The name of the container that a step is about."""
    return names[step.place]


@pytest.mark.parametrize("name", _REPOSITORIES)
def test_all_fixes_together_leave_nothing_to_do(name: str, mender: Mender) -> None:
    shutil.copytree(CORPUS / "repos" / name, Path.cwd(), dirs_exist_ok=True)
    outcome = mender.mend()
    given_up = {item.finding.fingerprint for item in outcome.unfixed}
    left = [finding for finding, _ in fixable(outcome.result.findings) if finding.fingerprint not in given_up]
    assert left == []
    for file, text in outcome.texts.items():
        old = lines_of(mender.files.read(file) or "")
        ends = {line[len(line.rstrip("\r\n")) :] for line in old}
        assert {line[len(line.rstrip("\r\n")) :] for line in lines_of(text)} <= {*ends, "\n"}
    mender.files.write(outcome.texts)
    again = Mender(mender.ruleset).mend()
    assert (again.texts, again.fixed) == ({}, [])
