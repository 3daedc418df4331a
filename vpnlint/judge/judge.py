"""Workloads → findings: ask every rule, and put each answer at the place that a person must edit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vpnlint.errors import InputError, RuleError
from vpnlint.finding import Answer, Finding, Judged, Severity
from vpnlint.gitops.objects import Objects
from vpnlint.judge.locate import find, underlined
from vpnlint.judge.matrix import matrix
from vpnlint.judge.related import related_places
from vpnlint.ruleset.compiled import Programs, Question
from vpnlint.ruleset.ruleset import Ruleset
from vpnlint.source.node import Node
from vpnlint.surroundings.collect import surroundings
from vpnlint.surroundings.container_env import with_environment
from vpnlint.workloads.workload import Workload, lack

_ANSWERS: dict[int, Answer] = {1: "doubt", 2: "deny"}


class Verdict:
    """What was said of one workload: its findings, the workload as judged (None: no torrent client), broken rules."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self.findings: list[Finding] = []
        self.judged: Judged | None = None
        self.problems: list[InputError] = []


def judge(workload: Workload, ruleset: Ruleset, objects: Objects) -> Verdict:
    """Ask every rule about a workload among the objects that are applied with it.

    A rule that cannot be evaluated is a problem; the others still answer.
    """
    verdict = Verdict()
    images = [image.text for node in workload.containers if (image := node.get("image")) is not None]
    catalog = ruleset.catalog
    runs_client = any(catalog.is_client(catalog.program(image)) for image in images)
    if images and all(images) and not runs_client:
        return verdict
    if workload.problem is not None:
        if ruleset.concerns(str(workload.source.plain()).lower().encode()):
            verdict.problems.append(workload.problem)
    elif workload.object is None:
        client = _named_client(workload, ruleset)
        if client:
            verdict.judged = _judged(workload, client, "unknown", workload.reason)
    elif runs_client:
        workload = with_environment(workload, objects)
        data = {
            "object": workload.object.plain(nulls=False) if workload.object is not None else None,
            "catalog": catalog.part(images),
            "around": surroundings(workload, objects, catalog),
        }
        try:
            programs = ruleset.programs
            for pod in programs.view.evaluate(programs.engine.activation(data)):
                _ask(pod, workload, objects, programs, verdict)
        except RuleError as error:
            verdict.problems.append(_about(error, workload))
        verdict.findings = _hide(verdict.findings)
    return verdict


def _ask(
    pod: dict[str, Any], workload: Workload, objects: Objects, programs: Programs, verdict: Verdict
) -> None:
    """Add to the verdict what the rules say of one Pod of the view, and its matrix."""
    values = programs.engine.activation({"pods": [pod]})
    said: dict[str, int] = {}
    for question in programs.questions:
        try:
            answers = question.answers.evaluate(values)[0]
            said[question.rule.id] = max(answers, default=0)
            verdict.findings += _findings(question, answers, pod, workload, objects, programs)
        except RuleError as error:
            verdict.problems.append(_about(error, workload))
    client = pod["clients"][0]["program"]
    if workload.missing:
        # Any value may be among those missing, so nothing holds of the Pod as a whole.
        verdict.judged = _judged(workload, client, "unknown", lack(workload.missing))
        return
    judged = _judged(workload, client, pod["egress"], "")
    statuses = programs.statuses.evaluate(values)[0]
    verdict.judged = replace(judged, matrix=matrix(pod, statuses, said, programs.defences))


def _findings(
    question: Question,
    answers: list[int],
    pod: dict[str, Any],
    workload: Workload,
    objects: Objects,
    programs: Programs,
) -> list[Finding]:
    findings = []
    for element, answer in zip(question.elements(pod), answers, strict=True):
        if answer:
            said = _ANSWERS[answer]
            values = programs.engine.activation({"pod": pod, "it": element, "answer": said})
            wanted = [str(at.evaluate(values)) for at in question.at]
            place = find(workload, element.get("name"), wanted, objects)
            findings.append(
                Finding(
                    rule=question.rule.id,
                    severity=question.rule.severity,
                    answer="doubt" if workload.missing else said,
                    message=" ".join(question.message.evaluate(values).split()) + _unless(workload),
                    help=" ".join(question.help.evaluate(values).split()),
                    span=underlined(place),
                    path=place.path,
                    workload=workload.title,
                    subject=str(element.get("program", "")),
                    related=related_places(workload, pod, element, underlined(place), objects),
                )
            )
    return findings


def _unless(workload: Workload) -> str:
    """Return what a message ends with where values of the workload are missing: any of them may decide otherwise."""
    return f" (unless {' or '.join(workload.missing)} says otherwise)" if workload.missing else ""


def _hide(findings: list[Finding]) -> list[Finding]:
    """Hide the doubts that decide nothing: those of warnings, and all where the workload is unsafe for certain."""
    unsafe = any(finding.answer == "deny" and finding.severity is Severity.ERROR for finding in findings)
    return [
        replace(finding, visible=False)
        if finding.answer == "doubt" and (unsafe or finding.severity is not Severity.ERROR)
        else finding
        for finding in findings
    ]


def _judged(workload: Workload, client: str, egress: str, reason: str) -> Judged:
    source = workload.source
    line = (source.get("metadata", "name") or source).span.line
    return Judged(
        file=source.file,
        line=line,
        kind=workload.kind,
        namespace=workload.namespace,
        name=workload.name,
        client=client,
        egress=egress,
        reason=reason,
    )


def _named_client(workload: Workload, ruleset: Ruleset) -> str:
    """Return the client that a release of an unknown chart runs, as far as its own names and images tell."""
    catalog = ruleset.catalog
    source = workload.source
    chart = source.get("spec", "chart", "spec", "chart")
    names = [workload.name, chart.text.rsplit("/")[-1] if chart is not None else ""]
    values = source.get("spec", "values")
    names += _images(values) if values is not None else []
    return next((program for name in names if catalog.is_client(program := catalog.program(name))), "")


def _images(node: Node) -> list[str]:
    found = []
    for key, child in node.map.items():
        if key in ("image", "repository") and child.text:
            found.append(child.text)
        found += _images(child)
    for item in node.list:
        found += _images(item)
    return found


def _about(error: RuleError, workload: Workload) -> RuleError:
    return RuleError(error.file, f"{error.message} (asked of {workload.title})", error.line, error.column)
