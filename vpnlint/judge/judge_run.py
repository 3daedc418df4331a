"""Judges all workloads of a run, applies ignores, and returns the Result that reports render."""

from __future__ import annotations

from datetime import date

from vpnlint.config.configuration import Configuration
from vpnlint.errors import InputError, in_order
from vpnlint.files.installed_chart import find_chart_name
from vpnlint.judge.judge import FindPods, judge_workload
from vpnlint.judge.severity import set_severities
from vpnlint.judge.suppress import Suppression
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.ruleset.assembled_images import find_unknown_parts
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.ruleset import Ruleset
from vpnlint.run import Run
from vpnlint.source.node import Node, Span
from vpnlint.workloads.workload import Workload


def judge_run(
    run: Run,
    ruleset: Ruleset,
    settings: Configuration,
    *,
    ignores: bool,
    whole: bool,
    find_pods: FindPods | None = None,
) -> Result:
    """Judge every workload of a run that was asked about.

    ignores: comments and the configuration suppress findings. whole: the run is about all that the
    configuration is for. find_pods: as for judge_workload.
    """
    findings: list[Finding] = []
    judged: list[JudgedWorkload] = []
    problems: list[InputError] = []
    today = date.today()
    for workload, objects, cluster, files, asked in run.list_workloads():
        source = workload.source
        if settings.is_excluded(source.file):
            continue
        declared = settings.find_egress(source.file, workload.kind, workload.namespace, workload.name, today)
        verdict = judge_workload(workload, ruleset, objects, declared, find_pods)
        if not asked:
            blaming = [finding for finding in verdict.findings if finding.span.file in run.requested]
            findings += _keep_new_causes(set_severities(blaming, settings.severities), findings)
            continue
        is_named = workload.object is None and (
            _installs_client(workload, ruleset) or run.mentions_client(workload)
        )
        if verdict.judged is None and is_named:
            run.note_unjudged(workload)
        for image, why in _find_unknown_client(workload, ruleset.catalog) if verdict.judged is None else ():
            run.note_unjudged(workload, image, f"its image may be a torrent client, {why}")
        if verdict.judged is not None or is_named:
            run.count_problems(files)
        said = set_severities(verdict.findings, settings.severities)
        findings += _keep_new_causes(said, findings) if workload.is_proxy else said
        problems += verdict.problems
        if verdict.judged is not None:
            applied = (
                verdict.judged if cluster.followed else verdict.judged._replace(applied="nothing-followed")
            )
            # Two clusters may apply the same file; workloads that something applies come first.
            if verdict.judged not in judged and applied not in judged:
                judged.append(applied)
    findings = sorted(dict.fromkeys(findings), key=_make_sort_key)
    not_applied, not_judged = run.list_not_applied(), run.list_not_judged()
    suppression = Suppression(settings, (rule.id for rule in ruleset.described_rules), run.read_text, today)
    if ignores:
        findings = suppression.apply(findings)
        places = [*findings, *(item.finding for item in suppression.suppressed)]
        files = {*run.list_client_files(), *(finding.span.file for finding in places)} - set(not_applied)
        unused = [
            *suppression.find_unused_comments(sorted(files)),
            *suppression.find_unused_entries(judged, whole=whole),
        ]
        findings = sorted([*findings, *set_severities(unused, settings.severities)], key=_make_sort_key)
        problems += suppression.problems
    return Result(
        tuple(findings),
        tuple(sorted(judged, key=lambda workload: (workload.file, workload.line))),
        in_order([*run.list_problems(), *problems]),
        run.count,
        not_applied,
        in_order(run.notes),
        tuple(suppression.suppressed),
        not_judged=not_judged,
    )


def _keep_new_causes(said: list[Finding], before: list[Finding]) -> list[Finding]:
    """Return the findings of a proxy of Tailscale's operator that no earlier finding repeats word for word.

    Many proxies may share one ProxyClass, where each would get the same finding.
    """
    causes = {(finding.span, finding.rule, finding.message) for finding in before}
    return [finding for finding in said if (finding.span, finding.rule, finding.message) not in causes]


def _find_unknown_client(workload: Workload, catalog: Catalog) -> list[tuple[Node, str]]:
    """Return the first image of a workload that may be a client by its name, and why; empty if none is."""
    images = [image for item in workload.containers if (image := item.get("image")) is not None]
    for image in images:
        if catalog.may_be_client(image.text):
            return [(image, f"by what {' and '.join(find_unknown_parts(image.text))} stands for")]
    if not catalog.names_client(workload.name):
        return []
    return [(image, "by its name") for image in images if catalog.is_called_like_client(image.text)][:1]


def _installs_client(workload: Workload, ruleset: Ruleset) -> bool:
    """Tell whether a release that cannot be rendered has a chart named after a client."""
    name = find_chart_name(workload.source).lower()
    # Prometheus reads a client's numbers by another program, such as qbittorrent-exporter.
    return ruleset.mentions_client(name.encode()) and not name.endswith("exporter")


def _make_sort_key(finding: Finding) -> tuple[Span, str]:
    return finding.span, finding.rule
