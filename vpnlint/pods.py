"""Documents → workloads: the Kubernetes objects that run Pods, each with the object of the repository it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vpnlint.charts import app_template, k8s_at_home, truecharts
from vpnlint.charts.release import Release
from vpnlint.errors import InputError, UnknownChart
from vpnlint.gitops.chart_source import ChartSources
from vpnlint.node import Node
from vpnlint.shape import misshapen

_TEMPLATES = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_HELM = "helm.toolkit.fluxcd.io/"


@dataclass(frozen=True)
class Workload:
    """Something that runs Pods.

    source is the object in the repository (a HelmRelease, a Deployment …); object is the Kubernetes object that
    will run: source itself, or what the chart makes of it, each field knowing its place. object is None where the
    chart is not understood, and reason says why.
    """

    source: Node
    object: Node | None
    namespace: str
    reason: str = ""

    @property
    def kind(self) -> str:
        """The kind of the object in the repository."""
        return _text(self.source, "kind")

    @property
    def name(self) -> str:
        """The name of the object in the repository."""
        return _text(self.source, "metadata", "name")

    @property
    def title(self) -> str:
        """How reports call it: `HelmRelease media/qbittorrent`."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def template(self) -> Node | None:
        """The Pod or Pod template that will run."""
        if self.object is None:
            return None
        return self.object.get(*_TEMPLATES.get(_text(self.object, "kind"), ()))

    @property
    def containers(self) -> list[Node]:
        """The containers, initContainers first."""
        template = self.template
        kinds = ("initContainers", "containers")
        lists = [template.get("spec", kind) for kind in kinds] if template is not None else []
        return [container for node in lists if node is not None for container in node.list]

    @cached_property
    def problem(self) -> InputError | None:
        """Why it cannot be judged, if a field is of a type that Kubernetes refuses; a chart is only given what is not."""
        return misshapen(self.object or self.source)


def workloads(root: Node, charts: ChartSources) -> Iterator[Workload]:
    """Yield what one document's object runs; nothing where it runs no Pods. A List yields what its items run."""
    kind = _text(root, "kind")
    if kind == "List":
        items = root.get("items")
        for item in items.list if items is not None else []:
            yield from workloads(item, charts)
    elif kind in _TEMPLATES:
        workload = Workload(root, root, _text(root, "metadata", "namespace"))
        if workload.containers or workload.problem is not None:
            yield workload
    elif kind == "HelmRelease" and _text(root, "apiVersion").startswith(_HELM):
        yield from _release(root, charts)


def _release(root: Node, charts: ChartSources) -> Iterator[Workload]:
    namespace = _text(root, "spec", "targetNamespace") or _text(root, "metadata", "namespace")
    problem = misshapen(root)
    if problem is not None:
        yield Workload(root, None, namespace, problem.message)
        return
    chart, version = charts.find(root)
    release = Release(
        name=_text(root, "spec", "releaseName") or _text(root, "metadata", "name"),
        namespace=namespace,
        chart=chart,
        version=version,
        values=root.get("spec", "values") or Node.made({}, root),
        source=root,
    )
    try:
        for made in _render(release):
            yield Workload(root, made, namespace)
    except (UnknownChart, ValueError) as error:
        # ValueError: a number that JSON does not have, said by helm_quote.
        yield Workload(root, None, namespace, str(error))


def _render(release: Release) -> list[Node]:
    """Return what the chart makes of the values, by its repository and name or, where these say nothing, by their shape."""
    values = release.values.map
    repository = _text(release.source, "spec", "chart", "spec", "sourceRef", "name").lower()
    if release.source.get("spec", "valuesFrom") is not None and not values:
        raise UnknownChart("its values come from another object (valuesFrom)")
    # TrueCharts has charts called app-template of its own.
    if "truecharts" in repository or "trueforge" in repository or "workload" in values:
        return truecharts.render(release)
    if release.chart == "app-template" or _has_controllers(release.values):
        return app_template.render(release)
    if "k8s-at-home" in repository or "k8sathome" in repository:
        return k8s_at_home.render(release)
    raise UnknownChart(f"the chart {release.chart or '(not named)'} is not one that vpnlint knows")


def _has_controllers(values: Node) -> bool:
    controllers = values.get("controllers")
    return controllers is not None and any("containers" in node.map for node in controllers.map.values())


def _text(root: Node, *path: str) -> str:
    node = root.get(*path)
    return node.text if node is not None else ""
