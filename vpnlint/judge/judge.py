"""Judges one workload: asks every rule and puts each answer at the place that a person must edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from vpnlint.charts.helm.library_values import CHART_DEFAULT
from vpnlint.config.configuration import Egress
from vpnlint.errors import InputError, RuleError
from vpnlint.gitops.objects import Objects
from vpnlint.judge.fixes import propose_fix
from vpnlint.judge.locate import find_place, find_underlined
from vpnlint.judge.matrix import list_routes, merge_matrices
from vpnlint.judge.related import find_related_places
from vpnlint.judge.severity import set_visibility
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload
from vpnlint.ruleset.compiled import CompiledRule, CompiledRuleset
from vpnlint.ruleset.compiled_view import CompiledView
from vpnlint.ruleset.ruleset import Ruleset
from vpnlint.source.node import Node
from vpnlint.surroundings.collect import collect_surroundings
from vpnlint.surroundings.container_env import expand_environment
from vpnlint.workloads.derive import describe_missing
from vpnlint.workloads.size import check_size
from vpnlint.workloads.workload import Workload

# Kinds that make objects from templates, each with its own name.
_TEMPLATES = ("ResourceSet", "ApplicationSet")
# Returns the Pods that a view sees in an object, as CompiledView.find_pods does.
FindPods: TypeAlias = Callable[[CompiledView, Mapping[str, Any]], list[Any]]
# The numbers by which the matrix counts a rule's answer (vpnlint.judge.matrix).
_STATUS = {"doubt": 1, "deny": 2}


class Judgement:
    """The verdict on one workload: findings, the workload (None without a torrent client), broken rules."""

    def __init__(self) -> None:
        """Start with an empty verdict."""
        self.findings: list[Finding] = []
        self.judged: JudgedWorkload | None = None
        self.problems: list[InputError] = []


def judge_workload(
    workload: Workload,
    ruleset: Ruleset,
    objects: Objects,
    declared: Egress | None = None,
    find_pods: FindPods | None = None,
) -> Judgement:
    """Ask every rule about a workload and return the verdict.

    objects: those that are applied with the workload. declared: the configuration's declaration that
    something outside the repository carries its traffic into a VPN. find_pods: returns the Pods as the view
    sees them (None: evaluates the view itself). A rule that cannot be evaluated becomes a problem; the others
    still answer.
    """
    judgement = Judgement()
    images = [image.text for node in workload.containers if (image := node.get("image")) is not None]
    catalog = ruleset.catalog
    # A proxy of Tailscale's operator runs no client, and is judged for its VPN alone.
    matters = workload.is_proxy or any(map(catalog.names_client, images))
    if images and all(images) and not matters:
        return judgement
    problem = workload.problem
    if problem is not None:
        # Whoever installs a chart gives it values: by its own alone it need not work.
        client = _find_named_client(workload, ruleset) if workload.kind == "Chart" else ""
        if client:
            reason = f"by its own values, {problem.message.removesuffix(', so this is not judged')}"
            judgement.judged = _describe_workload(workload, client, "unknown", reason)
        elif ruleset.mentions_client(str(workload.source.to_plain()).lower().encode()):
            judgement.problems.append(problem)
    elif workload.object is None:
        client = _find_named_client(workload, ruleset)
        if client:
            egress = "unknown" if declared is None else "external"
            judgement.judged = _describe_workload(workload, client, egress, workload.reason)
    elif matters:
        try:
            workload = expand_environment(workload, objects)
            check_size(workload)
        except InputError as error:
            judgement.problems.append(error)
            return judgement
        data = {
            "object": workload.object.to_plain(nulls=False) if workload.object is not None else None,
            "catalog": catalog.select_part(images),
            "around": {
                **collect_surroundings(workload, objects, catalog),
                "outside": _describe_declaration(declared),
            },
        }
        try:
            compiled = ruleset.compiled
            view = compiled.view
            for pod in view.find_pods(data) if find_pods is None else find_pods(view, data):
                _judge_pod(pod, workload, objects, compiled, judgement)
        except RuleError as error:
            judgement.problems.append(_name_workload(error, workload))
        judgement.findings = set_visibility(judgement.findings)
    return judgement


def _describe_declaration(declared: Egress | None) -> list[dict[str, str]]:
    """Return a declared egress in the form that the view expects."""
    if declared is None:
        return []
    return [{"by": declared.by, "reason": declared.reason, "summary": declared.summary}]


def _judge_pod(
    pod: dict[str, Any],
    workload: Workload,
    objects: Objects,
    compiled: CompiledRuleset,
    judgement: Judgement,
) -> None:
    """Add the rules' findings about one Pod of the view, and its matrix, to the judgement."""
    values = compiled.engine.make_activation({"pod": pod})
    statuses = dict.fromkeys((rule.rule.id for rule in compiled.rules), 0)
    for rule in compiled.find_concerned(values):
        try:
            speaking = rule.speaker.evaluate(values)
            answers = [rule.cases[number - 1].case.answer for number in speaking if number]
            statuses[rule.rule.id] = max(map(_STATUS.__getitem__, answers), default=0)
            judgement.findings += _collect_findings(rule, speaking, pod, workload, objects, compiled)
        except RuleError as error:
            judgement.problems.append(_name_workload(error, workload))
    if workload.is_proxy:
        return
    client = pod["clients"][0]["program"]
    if workload.missing:
        # Any value may be missing, so nothing can be concluded about the Pod as a whole.
        judgement.judged = _describe_workload(workload, client, "unknown", describe_missing(workload.missing))
        return
    judged = _describe_workload(workload, client, pod["egress"], "")
    routes = list_routes(pod, compiled.statuses.evaluate(values), statuses, compiled.defences)
    matrix = merge_matrices(routes, compiled.defences)
    judgement.judged = judged._replace(matrix=matrix, routes=routes)


def _collect_findings(
    rule: CompiledRule,
    speaking: list[int],
    pod: dict[str, Any],
    workload: Workload,
    objects: Objects,
    compiled: CompiledRuleset,
) -> list[Finding]:
    findings = []
    for element, number in zip(rule.list_elements(pod), speaking, strict=True):
        if number:
            case = rule.cases[number - 1]
            values = compiled.engine.make_activation({"pod": pod, "it": element})
            wanted = [str(at.evaluate(values)) for at in case.at]
            place = find_place(workload, element.get("name"), wanted, objects)
            findings.append(
                Finding(
                    rule=rule.rule.id,
                    severity=case.case.severity,
                    answer="doubt" if workload.missing else case.case.answer,
                    message=_write(case.say.evaluate(values)) + _write_reservation(workload),
                    help=_write(case.help.evaluate(values)),
                    span=find_underlined(place),
                    path=place.path,
                    workload=workload.title,
                    subject=str(element.get("program", "")),
                    related=find_related_places(workload, pod, element, find_underlined(place), objects),
                    fix=propose_fix(case, values, workload, element.get("name"), objects),
                    case=number - 1,
                )
            )
    return findings


def _write(text: str) -> str:
    """Return a text on one line, in which a chart's defaults have no name that only vpnlint knows."""
    line = " ".join(text.split())
    return line.replace(f":{CHART_DEFAULT}", " in the chart's own version").replace(
        CHART_DEFAULT, "the chart's default"
    )


def _write_reservation(workload: Workload) -> str:
    """Return the end of a message if values of the workload are missing, as they may change the answer."""
    return f" (unless {' or '.join(workload.missing)} says otherwise)" if workload.missing else ""


def _describe_workload(workload: Workload, client: str, egress: str, reason: str) -> JudgedWorkload:
    source = workload.source
    line = (source.get("metadata", "name") or source).span.line
    return JudgedWorkload(
        file=source.file,
        line=line,
        kind=workload.kind,
        namespace=workload.namespace,
        name=workload.name,
        client=client,
        egress=egress,
        reason=reason,
    )


def _find_named_client(workload: Workload, ruleset: Ruleset) -> str:
    """Return the client that a release of an unknown chart runs, judging by its names and images."""
    catalog = ruleset.catalog
    source = workload.source
    chart = source.get("spec", "chart", "spec", "chart")
    names = [workload.name, chart.text.rsplit("/")[-1] if chart is not None else ""]
    values = source.get("spec", "values")
    if values is None and workload.kind in _TEMPLATES:
        values = source.get("spec")
        names += _list_names(source)
    names += _list_images(values) if values is not None else []
    return next((program for name in names if catalog.is_client(program := catalog.find_program(name))), "")


def _list_names(node: Node) -> list[str]:
    """Return the names of all objects within an object, such as those in its templates."""
    names = [node.text_at("metadata", "name")]
    for child in (*node.map.values(), *node.list):
        names += _list_names(child)
    return names


def _list_images(node: Node) -> list[str]:
    images = []
    for key, child in node.map.items():
        if key in ("image", "repository") and child.text:
            images.append(child.text)
        images += _list_images(child)
    for item in node.list:
        images += _list_images(item)
    return images


def _name_workload(error: RuleError, workload: Workload) -> RuleError:
    return RuleError(error.file, f"{error.message} (asked of {workload.title})", error.line, error.column)
