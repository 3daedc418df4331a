"""Derives workloads from the objects of a repository, through charts and Tailscale's operator."""

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
from vpnlint.gitops.kustomize.resource import CLUSTER_KINDS
from vpnlint.gitops.objects import Objects
from vpnlint.results.result import VALUES_ELSEWHERE
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.workloads.api_types import find_misshapen_field
from vpnlint.workloads.tailscale_proxies import is_handled_by_operator, make_stateful_sets
from vpnlint.workloads.workload import Workload

# Returns the objects of a release's chart, or raises UnknownChart.
Renderer: TypeAlias = Callable[[Release], list[Node]]
# Cluster API's add-on provider for Helm installs charts into other clusters.
_INSTALLERS = (("HelmChartProxy", "addons.cluster.x-k8s.io"),)
_HELM = "helm.toolkit.fluxcd.io/"


def describe_missing(missing: Iterable[str]) -> str:
    """Return the reason why a workload is unknown if its values come from these unreadable objects."""
    return f"{VALUES_ELSEWHERE} {' and '.join(missing)}"


def derive_workloads(
    root: Node, charts: ChartSources, objects: Objects, renderer: Renderer | None = None
) -> Iterator[Workload]:
    """Yield the workloads of an object, or of each item of a List. An object that runs no Pods has none.

    objects: the objects applied along with it, in which a HelmRelease's valuesFrom is looked up. renderer:
    renders charts of no known family (charts/any_chart/program.py), or raises UnknownChart.
    """
    kind = root.text_at("kind")
    if kind == "List":
        for item in root.items("items"):
            yield from derive_workloads(item, charts, objects, renderer)
    elif kind in POD_KINDS:
        workload = Workload(root, root, root.text_at("metadata", "namespace"))
        if workload.containers or workload.problem is not None:
            yield workload
    elif kind == "HelmRelease" and root.text_at("apiVersion").startswith(_HELM):
        yield from derive_release_workloads(root, charts, objects, renderer=renderer)
    elif is_helm_chart(root):
        try:
            release, missing = convert_helm_chart(root, objects)
        except InputError as error:
            yield Workload(root, None, root.text_at("metadata", "namespace"), str(error))
            return
        yield from derive_release_workloads(release, charts, objects, missing, renderer)
    elif is_handled_by_operator(root):
        for proxy in make_stateful_sets(root, objects, charts):
            namespace = proxy.text_at("metadata", "namespace") or root.text_at("metadata", "namespace")
            yield Workload(root, proxy, namespace, is_proxy=True)
    elif (kind, root.text_at("apiVersion").partition("/")[0]) in _INSTALLERS:
        reason = f"vpnlint does not follow a {kind}, which installs a chart"
        yield Workload(root, None, root.text_at("metadata", "namespace"), reason)


def derive_release_workloads(
    root: Node,
    charts: ChartSources,
    objects: Objects,
    more_missing: Sequence[str] = (),
    renderer: Renderer | None = None,
) -> Iterator[Workload]:
    """Yield the workloads of a HelmRelease, or of an object of its shape.

    Objects of its shape come from gitops/helm_release and gitops/argo. A release whose chart or values
    vpnlint does not understand is one workload without an object.

    more_missing: names of unreadable objects that may hold its values, beside those of its valuesFrom.
    renderer: as for derive_workloads.
    """
    namespace = root.text_at("spec", "targetNamespace") or root.text_at("metadata", "namespace")
    problem = find_misshapen_field(root)
    if problem is not None:
        yield Workload(root, None, namespace, problem.message)
        return
    rendered: list[Node] = []
    missing: list[str] = []
    reason = ""
    try:
        own, missing = collect_values(root, objects)
        missing += more_missing
        problem = find_misshapen_field(put_value(root, ("spec", "values"), own))
        if problem is not None:
            raise problem
        chart = charts.find_chart(root, objects)
        name = root.text_at("spec", "releaseName") or root.text_at("metadata", "name")
        release = Release(name, namespace, chart.name, chart.version, own, root, chart.repository)
        rendered = apply_post_renderers(_render_objects(release, renderer), root)
    except (InputError, UnknownChart, ValueError) as error:
        # format_helm_scalar raises ValueError for a number that JSON does not have.
        reason = str(error)
    controllers = [node for node in rendered if node.text_at("kind") in POD_KINDS]
    if missing and not controllers:
        reason = describe_missing(missing)
    if reason:
        yield Workload(root, None, namespace, reason, tuple(missing))
    beside = tuple(_place(node, namespace) for node in rendered if node.text_at("kind") not in POD_KINDS)
    for node in controllers:
        chosen = node.text_at("metadata", "namespace") or namespace
        yield Workload(root, node, chosen, missing=tuple(missing), beside=beside)


def _place(node: Node, namespace: str) -> Node:
    """Return an object of a chart in the release's namespace, unless it has one or can have none."""
    if not namespace or node.text_at("metadata", "namespace") or node.text_at("kind") in CLUSTER_KINDS:
        return node
    return put_value(node, ("metadata", "namespace"), Node.make(namespace, node))


def _render_objects(release: Release, renderer: Renderer | None) -> list[Node]:
    # gitops/helm_release/chart_templates.py rendered a chart's own templates where they are.
    objects = release.source.get("rendered", "objects")
    reason = release.source.text_at("rendered", "reason")
    if objects is not None and not reason:
        return objects.list
    try:
        if reason:
            raise UnknownChart(reason)
        return render_release(release)
    except UnknownChart:
        if renderer is None:
            raise
    return renderer(release)
