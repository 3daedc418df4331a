"""Turns a rule's fixtures into tests for the Kyverno CLI: the policies must answer as vpnlint does.

Form: cli.kyverno.io/v1alpha1 Test, https://kyverno.io/docs/kyverno-cli/reference/kyverno_test/ (fields:
TestResult in github.com/kyverno/kyverno v1.19.1, cmd/cli/kubectl-kyverno/apis/v1alpha1/test_result.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vpnlint.admission.check import Check
from vpnlint.admission.view_evaluator import Offline
from vpnlint.check import list_workloads
from vpnlint.errors import RuleError
from vpnlint.gitops.objects import NOTHING
from vpnlint.judge.judge import judge_workload
from vpnlint.results.finding import Answer
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.ruleset import Ruleset
from vpnlint.workloads.workload import Workload


@dataclass(frozen=True)
class Case:
    """A resource in a suite as plain data, the rule's answers about it, and whether it is judged at all."""

    resource: dict[str, Any]
    answers: frozenset[Answer]
    judged: bool

    @property
    def kind(self) -> str:
        """The resource's kind."""
        return str(self.resource["kind"])

    @property
    def name(self) -> str:
        """The resource's name: that of the fixture, numbered if the fixture holds several."""
        return str(self.resource["metadata"]["name"])


def find_fixtures(rule: Rule) -> Path | None:
    """Return the folder of a rule's fixtures (`fixtures/<id>` beside the rule's folder) or None."""
    folder = Path(rule.source.file).resolve().parent.parent / "fixtures" / rule.id
    return folder if folder.is_dir() else None


def read_cases(rule: Rule, ruleset: Ruleset, pod_view: Offline, release_view: Offline) -> Iterator[Case]:
    """Yield the resources in the rule's fixtures: each workload, and the HelmRelease it comes from, if any.

    A HelmRelease has no answers if the view cannot tell its Pods. Raises RuleError if a fixture cannot be
    read.
    """
    folder = find_fixtures(rule)
    for path in sorted(folder.glob("*.yaml")) if folder is not None else ():
        found, problems = list_workloads([str(path)], rendered=True)
        for problem in problems:
            raise RuleError(problem.file, problem.message, problem.line, problem.column)
        name = path.stem.replace(".", "-")
        releases: dict[int, list[Workload]] = {}
        for number, (workload, _) in enumerate(found):
            if workload.object is not None:
                document = workload.object.to_plain(nulls=False)
                answers = _answers(rule, workload, ruleset)
                yield Case(_named(document, _numbered(name, number)), answers, pod_view.concerns(document))
            if workload.kind == "HelmRelease":
                releases.setdefault(id(workload.source), []).append(workload)
        for number, group in enumerate(releases.values()):
            document = group[0].source.to_plain(nulls=False)
            seen = group if release_view.find_pods(document) else []
            said = frozenset(answer for workload in seen for answer in _answers(rule, workload, ruleset))
            yield Case(
                _named(document, _numbered(f"{name}-release", number)), said, release_view.concerns(document)
            )


def make_suite(
    rule: Rule, checks: Sequence[Check], found: Sequence[Case], mark: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the test as plain data; mark holds the keys for this form of policy (`isValidatingPolicy`)."""
    results = []
    for check in checks:
        kinds = {kind for _, _, _, kinds in check.view.resources for kind in kinds}
        expected: dict[tuple[str, str], list[str]] = {}
        for case in found:
            if case.kind in kinds:
                result = "skip" if not case.judged else "fail" if check.answer in case.answers else "pass"
                expected.setdefault((case.kind, result), []).append(case.name)
        results += [
            {
                "policy": check.name,
                **{key: check.name if value is None else value for key, value in mark.items()},
                "kind": kind,
                "resources": names,
                "result": result,
            }
            for (kind, result), names in sorted(expected.items())
        ]
    return {
        "apiVersion": "cli.kyverno.io/v1alpha1",
        "kind": "Test",
        "metadata": {"name": rule.id},
        "policies": [f"../../{check.name}.yaml" for check in checks],
        "resources": ["resources.yaml"],
        "results": results,
    }


def _answers(rule: Rule, workload: Workload, ruleset: Ruleset) -> frozenset[Answer]:
    return frozenset(
        finding.answer
        for finding in judge_workload(workload, ruleset, NOTHING).findings
        if finding.rule == rule.id
    )


def _numbered(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def _named(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {**document, "metadata": {**document["metadata"], "name": name}}
