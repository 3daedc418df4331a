"""vpnlint.gitops.kustomize.build against what kustomize's own code answered for small cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.oracles.flux.programs import numbers
from tests.oracles.kustomize.answers import ANSWERS, lay_out, read_cases
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.build import build_folder

CASES = read_cases()
RECORDED = json.loads(ANSWERS.read_text())
KUSTOMIZE_STOPS = [name for name in CASES if RECORDED[name] is None]
# Not said, and why.
UNREAD = "what is not wanted is never read, so that what is not found may well be there"
HARMLESS = "what is built all the same is what was meant"
SAYS_NOTHING = {
    "directives/of_nothing": UNREAD,
    "generators/merge_with_nothing": UNREAD,
    "generators/a_key_given_twice": HARMLESS,
    "structure/helm_charts": "kustomize stops only because it was not told to run Helm",
    "structure/a_component_as_a_resource": HARMLESS,
    "structure/a_resource_as_a_component": HARMLESS,
    "structure/a_kustomization_of_nothing": HARMLESS,
    "structure/an_empty_kustomization": HARMLESS,
    "structure/a_field_that_nobody_knows": HARMLESS,
    "structure/two_kustomizations_in_a_folder": HARMLESS,
    "structure/without_a_name": "an object without a name is nothing that a finding could speak of",
}


@pytest.mark.parametrize("case", [name for name in CASES if name not in KUSTOMIZE_STOPS])
def test_the_objects_are_those_that_kustomize_makes(case: str, tmp_path: Path) -> None:
    lay_out(CASES[case], tmp_path)
    made = build_folder(str(tmp_path), Tree())
    assert made.problems == []
    assert [numbers(resource.node.to_plain()) for resource in made.resources] == RECORDED[case]


@pytest.mark.parametrize("case", KUSTOMIZE_STOPS)
def test_what_stops_kustomize_is_said_with_its_place(case: str, tmp_path: Path) -> None:
    lay_out(CASES[case], tmp_path)
    tree = Tree()
    made = build_folder(str(tmp_path), tree)
    said = [
        *made.problems,
        *made.absent,
        *(problem for problems in tree.problems.values() for problem in problems),
    ]
    assert all(problem.line for problem in said)
    assert bool(said) != (case in SAYS_NOTHING)
