"""Documents → workloads: the Kubernetes objects that run Pods, each with the object of the repository it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from vpnlint.charts.app_template import render as app_template
from vpnlint.charts.k8s_at_home import render as k8s_at_home
from vpnlint.charts.release import Release
from vpnlint.charts.truecharts import render as truecharts
from vpnlint.errors import InputError, UnknownChart
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.helm_release.post_render import post_render
from vpnlint.gitops.helm_release.values import values
from vpnlint.gitops.objects import Objects
from vpnlint.source.edit import put
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS, pod_template
from vpnlint.workloads.api_types import misshapen
from vpnlint.workloads.tailscale_proxies import is_answered, make_stateful_sets

# Makes a chart's objects of a release, or raises UnknownChart.
Renderer: TypeAlias = Callable[[Release], list[Node]]
_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")
# Cluster API's add-on provider for Helm, and the Helm controller of k3s and RKE2.
_INSTALLERS = (("HelmChartProxy", "addons.cluster.x-k8s.io"), ("HelmChart", "helm.cattle.io"))
_HELM = "helm.toolkit.fluxcd.io/"


@dataclass(frozen=True)
class Workload:
    """Something that runs Pods.

    source is the object in the repository (a HelmRelease, a Deployment …); object is the Kubernetes object that
    will run: source itself, or what the chart makes of it, each field knowing its place. object is None where the
    chart is not understood, and reason says why. missing names what may hold values of it and cannot be read.
    beside is what its chart makes beside it (Services, policies). is_proxy: it is a proxy of Tailscale's operator, which is judged for its VPN although it runs no torrent client.
    """

    source: Node
    object: Node | None
    namespace: str
    reason: str = ""
    missing: tuple[str, ...] = ()
    is_proxy: bool = False
    beside: tuple[Node, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of the object in the repository."""
        return self.source.text_at("kind")

    @property
    def name(self) -> str:
        """The name of the object in the repository."""
        return self.source.text_at("metadata", "name")

    @property
    def title(self) -> str:
        """How reports call it: `HelmRelease media/qbittorrent`."""
        # A proxy runs in its operator's namespace, and is known by the object that it is made of.
        namespace = self.source.text_at("metadata", "namespace") if self.is_proxy else self.namespace
        return f"{self.kind} {namespace}/{self.name}" if namespace else f"{self.kind} {self.name}"

    @property
    def template(self) -> Node | None:
        """The Pod or Pod template that will run."""
        return pod_template(self.object) if self.object is not None else None

    @property
    def containers(self) -> list[Node]:
        """The containers, initContainers first."""
        template = self.template
        if template is None:
            return []
        return [container for key in _CONTAINER_LISTS for container in template.items("spec", key)]

    @cached_property
    def problem(self) -> InputError | None:
        """Why it cannot be judged, if a field is of a type that Kubernetes refuses; a chart is only given what is not."""
        return misshapen(self.object or self.source)


def lack(missing: Iterable[str]) -> str:
    """Return what is said of a workload some of whose values are missing."""
    return f"its values come from {' and '.join(missing)}"


def workloads(
    root: Node, charts: ChartSources, objects: Objects, other: Renderer | None = None
) -> Iterator[Workload]:
    """Yield what one document's object runs; nothing where it runs no Pods. A List yields what its items run.

    objects: what is applied beside it, where a HelmRelease's valuesFrom is looked up. One that is suspended runs nothing.
    other: what renders a chart that is not understood (charts/any_chart/program.py), raising UnknownChart where it cannot.
    """
    kind = root.text_at("kind")
    if kind == "List":
        for item in root.items("items"):
            yield from workloads(item, charts, objects, other)
    elif kind in POD_KINDS:
        workload = Workload(root, root, root.text_at("metadata", "namespace"))
        if workload.containers or workload.problem is not None:
            yield workload
    elif kind == "HelmRelease" and root.text_at("apiVersion").startswith(_HELM) and not is_suspended(root):
        yield from installed(root, charts, objects, other=other)
    elif is_answered(root):
        for proxy in make_stateful_sets(root, objects, charts):
            namespace = proxy.text_at("metadata", "namespace") or root.text_at("metadata", "namespace")
            yield Workload(root, proxy, namespace, is_proxy=True)
    elif (kind, root.text_at("apiVersion").partition("/")[0]) in _INSTALLERS:
        reason = f"a {kind} is not one of the ways to install a chart that vpnlint follows"
        yield Workload(root, None, root.text_at("metadata", "namespace"), reason)


def is_suspended(root: Node) -> bool:
    """Tell whether a HelmRelease or a Flux Kustomization says `suspend: true`, so that Flux leaves it alone."""
    return root.is_true("spec", "suspend")


def installed(
    root: Node,
    charts: ChartSources,
    objects: Objects,
    lacking: Sequence[str] = (),
    other: Renderer | None = None,
) -> Iterator[Workload]:
    """Yield what a chart makes of a HelmRelease, or of what has its shape (gitops/helm_release/local_chart.py, gitops/argo.py).

    lacking: names what may hold values of it and cannot be read, beside what its valuesFrom refers to. other: as for workloads.
    """
    namespace = root.text_at("spec", "targetNamespace") or root.text_at("metadata", "namespace")
    problem = misshapen(root)
    if problem is not None:
        yield Workload(root, None, namespace, problem.message)
        return
    found: list[Node] = []
    beside: tuple[Node, ...] = ()
    missing: list[str] = []
    reason = ""
    try:
        own, missing = values(root, objects)
        missing += lacking
        problem = misshapen(put(root, ("spec", "values"), own))
        if problem is not None:
            raise problem
        chart, version = charts.find(root, objects)
        name = root.text_at("spec", "releaseName") or root.text_at("metadata", "name")
        made = _render(Release(name, namespace, chart, version, own, root), other)
        rendered = post_render(made, root)
        found = [node for node in rendered if node.text_at("kind") in POD_KINDS]
        beside = tuple(node for node in rendered if node.text_at("kind") not in POD_KINDS)
    except (InputError, UnknownChart, ValueError) as error:
        # ValueError: a number that JSON does not have, said by helm_quote.
        reason = str(error)
    if missing and not found:
        reason = lack(missing)
    if reason:
        yield Workload(root, None, namespace, reason, tuple(missing))
    for node in found:
        yield Workload(root, node, namespace, missing=tuple(missing), beside=beside)


def _render(release: Release, other: Renderer | None) -> list[Node]:
    try:
        return _derived(release)
    except UnknownChart:
        if other is None:
            raise
    return other(release)


def _derived(release: Release) -> list[Node]:
    """Return what the chart makes of the values, by its repository and name or, where these say nothing, by their shape."""
    repository = release.source.text_at("spec", "chart", "spec", "sourceRef", "name").lower()
    # TrueCharts has charts called app-template of its own.
    if "truecharts" in repository or "trueforge" in repository or "workload" in release.values.map:
        return truecharts.render(release)
    if release.chart == "app-template" or _has_controllers(release.values):
        return app_template.render(release)
    if "k8s-at-home" in repository or "k8sathome" in repository:
        return k8s_at_home.render(release)
    raise UnknownChart(f"the chart {release.chart or '(not named)'} is not one that vpnlint knows")


def _has_controllers(values: Node) -> bool:
    return any("containers" in node.map for node in values.fields("controllers").values())
