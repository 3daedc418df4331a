"""Renders k8s-at-home's charts: one controller with a main container, more containers and the VPN addon.

The addon is an ordinary container after the main one. Probes, containers' ports and scheduling are left
out. Source: common 4.0.0 to 4.5.2, github.com/k8s-at-home/library-charts, charts/stable/common (values.yaml,
templates/lib/controller, templates/_deployment.tpl), and github.com/k8s-at-home/charts,
charts/stable/<chart>, both archived in 2022.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_services import make_library_services
from vpnlint.charts.helm.library_values import (
    CHART_DEFAULT,
    format_scalar,
    is_switched_on,
    merge_library_values,
    read_chart_version,
    select_fields,
)
from vpnlint.charts.helm.template import Template
from vpnlint.charts.helm.values import make_app_labels, make_fullname, make_node, shorten_name
from vpnlint.charts.k8s_at_home.addon import add_vpn_addon, make_network_policy
from vpnlint.charts.k8s_at_home.defaults import CHARTS, LIBRARY
from vpnlint.charts.k8s_at_home.fields import App, make_environment, make_volume_mounts, make_volumes
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_KINDS = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}
_POD_FIELDS = {
    "podSecurityContext": "securityContext",
    "hostNetwork": "hostNetwork",
    "hostname": "hostname",
    "dnsConfig": "dnsConfig",
    "runtimeClassName": "runtimeClassName",
}


def render_k8s_at_home(release: Release) -> list[Node]:
    """Return the controller of a k8s-at-home release, its Services, and its VPN addon's NetworkPolicy.

    Raises UnknownChart if the chart is on a common library before 4.0, if neither the values nor the known
    charts have an image, or if Helm refuses the values.
    """
    app = _read_app(release)
    objects = []
    controller = app.values.map["controller"]
    if is_switched_on(controller.map.get("enabled"), "controller.enabled"):
        objects.append(_make_controller(app, controller))
        labels = make_app_labels(app.name, release.name)
        objects += make_library_services(app.values, app.fullname, labels, release.namespace)
    policy = make_network_policy(app)
    return [*objects, policy] if policy is not None else objects


def _read_app(release: Release) -> App:
    chart = CHARTS.get(release.chart)
    version = read_chart_version(release)
    if chart is not None and version < chart.common_4_0:
        raise UnknownChart(
            f"k8s-at-home's {release.chart} {release.version} is built on a library before common 4.0"
        )
    defaults: dict[str, object] = {**LIBRARY, **(chart.values if chart is not None else {})}
    defaults["persistence"] = {**LIBRARY["persistence"], **(chart.persistence if chart is not None else {})}
    values = merge_library_values(defaults, release.values, release.source)
    name = shorten_name(_read_override(values, "nameOverride") or release.title)
    whole = _read_override(values, "fullnameOverride")
    fullname = shorten_name(whole) if whole else make_fullname(release.name, name)
    template = Template(
        release={"Name": release.name, "Namespace": release.namespace, "Service": "Helm"},
        chart={"Name": release.title},
        values=values,
        named={"common.names.fullname": fullname},
    )
    since_4_5 = chart is None or version >= chart.common_4_5
    return App(release, add_vpn_addon(values, fullname, since_4_5), template, name, fullname, since_4_5)


def _read_override(values: Node, key: str) -> str:
    """Return what replaces a name, empty if nothing does; the one under `global` wins (_names.tpl)."""
    return values.text_at("global", key) or values.text_at(key)


def _make_controller(app: App, controller: Node) -> Node:
    type_node = controller.map["type"]
    kind = _KINDS.get(type_node.text)
    if kind is None:
        raise UnknownChart(f"Helm refuses controller.type {type_node.value!r}")
    spec: dict[str, object] = {"template": _make_pod_template(app, controller)}
    if kind != "DaemonSet":
        spec["replicas"] = controller.map.get("replicas", 1)
    # The default is Recreate (templates/_deployment.tpl).
    if kind == "Deployment":
        spec["strategy"] = {"type": controller.scalar_at("strategy") or "Recreate"}
    metadata = {"name": app.fullname, "namespace": app.release.namespace}
    return make_node(
        {"apiVersion": "apps/v1", "kind": Node.make(kind, type_node), "metadata": metadata, "spec": spec},
        controller,
    )


def _make_pod_template(app: App, controller: Node) -> Node:
    values = app.values
    labels: dict[str, object] = {
        **make_app_labels(app.name, app.release.name),
        **values.fields("podLabels"),
    }
    annotations = app.template.expand(values.map.get("podAnnotations") or make_node({}, values))
    spec: dict[str, object] = {
        new: values.map[old] for old, new in _POD_FIELDS.items() if select_fields(values, old)
    }
    on_host = "ClusterFirstWithHostNet" if "hostNetwork" in spec else "ClusterFirst"
    spec["dnsPolicy"] = select_fields(values, "dnsPolicy").get("dnsPolicy", on_host)
    spec["automountServiceAccountToken"] = values.map.get("automountServiceAccountToken", True)
    starting = [
        _make_extra_container(app, key, node) for key, node in _sort_containers(values, "initContainers")
    ]
    if starting:
        spec["initContainers"] = starting
    extra = [
        _make_extra_container(app, key, node)
        for key, node in _sort_containers(values, "additionalContainers")
    ]
    spec["containers"] = [_make_main_container(app), *extra]
    if volumes := make_volumes(app):
        spec["volumes"] = volumes
    return make_node({"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}, controller)


def _sort_containers(values: Node, key: str) -> list[tuple[str, Node]]:
    section = values.map.get(key)
    if section is not None and isinstance(section.value, list) and section.value:
        raise UnknownChart(f"{key} is a list, which k8s-at-home's library took only before common 4.0")
    return sorted(section.map.items()) if section is not None else []


def _make_main_container(app: App) -> Node:
    values = app.values
    image = values.map.get("image") or make_node({}, values)
    repository, tag = image.map.get("repository"), image.map.get("tag")
    if repository is None or not repository.value:
        raise UnknownChart(f"the image of k8s-at-home's chart {app.release.chart} is not in its values")
    has_tag = tag is not None and bool(tag.value)
    default = app.release.app_version or CHART_DEFAULT
    text = format_scalar(tag) if tag is not None and has_tag else default
    fields: dict[str, object] = {
        "name": app.fullname,
        "image": Node.make(f"{repository.text}:{text}", tag if tag is not None and has_tag else repository),
        **select_fields(values, "securityContext", "resources", "lifecycle"),
    }
    for key in ("command", "args"):
        if words := select_fields(values, key).get(key):
            fields[key] = words if isinstance(words.value, list) else [words]
    if variables := make_environment(app, values.map.get("env")):
        fields["env"] = variables
    sources: list[object] = list(values.items("envFrom"))
    if secret := select_fields(values, "secret").get("secret"):
        sources.append(make_node({"secretRef": {"name": app.fullname}}, secret))
    if sources:
        fields["envFrom"] = sources
    if mounts := make_volume_mounts(app):
        fields["volumeMounts"] = mounts
    return make_node(fields, image)


def _make_extra_container(app: App, key: str, node: Node) -> Node:
    """Return a container that the values describe like Kubernetes, except for env mappings since 4.5."""
    fields: dict[str, object] = {"name": key, **app.template.expand(node).map}
    if app.since_4_5 and (variables := make_environment(app, node.map.get("env"))):
        fields["env"] = variables
    return make_node(fields, node)
