"""Objects of a repository → the workloads that they run, by way of charts and of Tailscale's operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from vpnlint.charts.families import render_release
from vpnlint.charts.release import Release
from vpnlint.errors import InputError, UnknownChart
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.helm_release.helm_chart import convert_helm_chart, is_helm_chart
from vpnlint.gitops.helm_release.post_render import apply_post_renderers
from vpnlint.gitops.helm_release.values import collect_values
from vpnlint.gitops.objects import Objects
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.workloads.api_types import find_misshapen_field
from vpnlint.workloads.tailscale_proxies import is_answered, make_stateful_sets
from vpnlint.workloads.workload import Workload

# Makes a chart's objects of a release, or raises UnknownChart.
Renderer: TypeAlias = Callable[[Release], list[Node]]
# Cluster API's add-on provider for Helm, which installs into other clusters.
_INSTALLERS = (("HelmChartProxy", "addons.cluster.x-k8s.io"),)
_HELM = "helm.toolkit.fluxcd.io/"


def describe_missing(missing: Iterable[str]) -> str:
    """Return the reason why a workload is unknown whose values come from objects that cannot be read."""
    return f"its values come from {' and '.join(missing)}"


def derive_workloads(
    root: Node, charts: ChartSources, objects: Objects, other: Renderer | None = None
) -> Iterator[Workload]:
    """Yield the workloads of one object; of a List, those of its items. An object that runs no Pods has none.

    objects: what is applied beside it; a HelmRelease's valuesFrom is looked up there. other: the renderer for
    charts of no known family (charts/any_chart/program.py), which raises UnknownChart where it cannot render.
    """
    kind = root.text_at("kind")
    if kind == "List":
        for item in root.items("items"):
            yield from derive_workloads(item, charts, objects, other)
    elif kind in POD_KINDS:
        workload = Workload(root, root, root.text_at("metadata", "namespace"))
        if workload.containers or workload.problem is not None:
            yield workload
    elif kind == "HelmRelease" and root.text_at("apiVersion").startswith(_HELM):
        yield from derive_release_workloads(root, charts, objects, other=other)
    elif is_helm_chart(root):
        try:
            made, lacking = convert_helm_chart(root, objects)
        except InputError as error:
            yield Workload(root, None, root.text_at("metadata", "namespace"), str(error))
            return
        yield from derive_release_workloads(made, charts, objects, lacking, other)
    elif is_answered(root):
        for proxy in make_stateful_sets(root, objects, charts):
            namespace = proxy.text_at("metadata", "namespace") or root.text_at("metadata", "namespace")
            yield Workload(root, proxy, namespace, is_proxy=True)
    elif (kind, root.text_at("apiVersion").partition("/")[0]) in _INSTALLERS:
        reason = f"a {kind} is not one of the ways to install a chart that vpnlint follows"
        yield Workload(root, None, root.text_at("metadata", "namespace"), reason)


def derive_release_workloads(
    root: Node,
    charts: ChartSources,
    objects: Objects,
    lacking: Sequence[str] = (),
    other: Renderer | None = None,
) -> Iterator[Workload]:
    """Yield the workloads of a HelmRelease, or of an object of its shape.

    Such objects come from gitops/helm_release/local_chart.py and gitops/argo.py.

    lacking: names of objects that may hold values of it and cannot be read, beside those of its valuesFrom.
    other: as for derive_workloads. A release whose chart or values are not understood is one workload without
    an object.
    """
    namespace = root.text_at("spec", "targetNamespace") or root.text_at("metadata", "namespace")
    problem = find_misshapen_field(root)
    if problem is not None:
        yield Workload(root, None, namespace, problem.message)
        return
    made: list[Node] = []
    missing: list[str] = []
    reason = ""
    try:
        own, missing = collect_values(root, objects)
        missing += lacking
        problem = find_misshapen_field(put_value(root, ("spec", "values"), own))
        if problem is not None:
            raise problem
        chart = charts.find_chart(root, objects)
        name = root.text_at("spec", "releaseName") or root.text_at("metadata", "name")
        release = Release(name, namespace, chart.name, chart.version, own, root, chart.repository)
        made = apply_post_renderers(_render(release, other), root)
    except (InputError, UnknownChart, ValueError) as error:
        # ValueError: a number that JSON does not have, said by helm_quote.
        reason = str(error)
    runs = [node for node in made if node.text_at("kind") in POD_KINDS]
    if missing and not runs:
        reason = describe_missing(missing)
    if reason:
        yield Workload(root, None, namespace, reason, tuple(missing))
    beside = tuple(node for node in made if node.text_at("kind") not in POD_KINDS)
    for node in runs:
        yield Workload(root, node, namespace, missing=tuple(missing), beside=beside)


def _render(release: Release, other: Renderer | None) -> list[Node]:
    # What a chart's own templates make was told where they lie (helm_release/chart_templates.py).
    rendered = release.source.get("rendered", "objects")
    if rendered is not None:
        return rendered.list
    reason = release.source.text_at("rendered", "reason")
    try:
        if reason:
            raise UnknownChart(reason)
        return render_release(release)
    except UnknownChart:
        if other is None:
            raise
    return other(release)
