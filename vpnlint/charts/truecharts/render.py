"""Renders TrueCharts' (now TrueForge's) charts: `workload.<name>.podSpec.containers` plus the VPN addons.

Containers are sorted by their keys, so gluetun comes before main. Probes, ports and scheduling are left out.
Source: common 24.1.9, github.com/truecharts/library-charts, library/common/templates (spawner/_workload.tpl,
lib/workload, lib/pod/_containerSpawner.tpl), and charts/stable/qbittorrent/templates/common.yaml.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import (
    is_switched_on,
    merge_library_values,
    read_chart_version,
    select_fields,
)
from vpnlint.charts.helm.template import Template
from vpnlint.charts.helm.values import make_app_labels, make_fullname, make_node, shorten_name
from vpnlint.charts.release import Release
from vpnlint.charts.truecharts.addons import add_addons
from vpnlint.charts.truecharts.containers import make_container
from vpnlint.charts.truecharts.defaults import CHARTS, LIBRARY, OLD_QBITTORRENT_IMAGE
from vpnlint.charts.truecharts.old_addon import add_old_addon, knows_only_the_old_addon
from vpnlint.charts.truecharts.services import make_services
from vpnlint.charts.truecharts.volumes import make_volumes
from vpnlint.charts.truecharts.workload_entry import WorkloadEntry, is_entry_enabled
from vpnlint.errors import UnknownChart
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

_APPS = ("Deployment", "StatefulSet", "DaemonSet")
_INIT_ORDER = ("install", "upgrade", "system", "init")


def render_truecharts(release: Release) -> list[Node]:
    """Return the controllers of a TrueCharts release, and the Services that select their Pods.

    Raises UnknownChart if the library is older than common 12, if Helm refuses the values, or if they do not
    say whether the VPN is enabled.
    """
    _refuse_before_common_12(release)
    values = _merge_values(release)
    fullname = make_fullname(release.name, shorten_name(release.title.lower())).lower()
    template = Template(
        release={"Name": release.name, "Namespace": release.namespace, "Service": "Helm"},
        chart={"Name": release.title},
        values=values,
        named={
            "tc.v1.common.lib.chart.names.fullname": fullname,
            "tc.v1.common.lib.chart.names.name": release.title,
        },
    )
    objects = []
    for name, node in sorted(values.fields("workload").items()):
        if is_entry_enabled(template, node, f"workload.{name}"):
            workload = WorkloadEntry(release, values, template, fullname, name, node)
            objects += [_make_controller(workload), *make_services(workload, _is_primary(workload))]
    return objects


def _refuse_before_common_12(release: Release) -> None:
    if release.chart == "qbittorrent" and read_chart_version(release)[0] < 14:
        raise UnknownChart(
            "TrueCharts' qbittorrent before chart 14 is built on a library that vpnlint does not know"
        )


def _merge_values(release: Release) -> Node:
    user_values = release.values
    own = CHARTS.get(release.chart)
    if own is None:
        if user_values.get("image", "repository") is None:
            raise UnknownChart(f"the image of TrueCharts' chart {release.chart} is not in its values")
        own = {}
    elif release.chart == "qbittorrent" and read_chart_version(release)[0] <= 20:
        own = {**own, "image": OLD_QBITTORRENT_IMAGE}
    # Helm overlays the library's values with the chart's, and both with the user's.
    values = merge_library_values(_overlay(LIBRARY, own), user_values, release.source)
    values = add_old_addon(values if knows_only_the_old_addon(release) else add_addons(values), release)
    if release.chart == "qbittorrent" and not is_switched_on(
        values.get("qbitportforward", "enabled"), "qbitportforward.enabled"
    ):
        values = put_value(
            values, ("workload", "qbitportforward", "enabled"), make_node(False, release.source)
        )
    return values


def _overlay(library: dict[str, object], chart: dict[str, object]) -> dict[str, object]:
    result = dict(library)
    for key, value in chart.items():
        below = library.get(key)
        result[key] = _overlay(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def _make_controller(workload: WorkloadEntry) -> Node:
    node = workload.node
    kind = (node.map.get("type") or make_node("", node)).text
    if kind not in (*_APPS, "Job", "CronJob"):
        raise UnknownChart(f"Helm refuses workload.{workload.name}.type {kind!r}")
    name = workload.fullname if _is_primary(workload) else f"{workload.fullname}-{workload.name}"
    template = _make_pod_template(workload)
    stopped = is_switched_on(workload.values.get("global", "stopAll"), "global.stopAll")
    spec: dict[str, object] = {"template": template}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}, **select_fields(node, "schedule")}
        if stopped:
            spec["suspend"] = True
    elif kind in ("Deployment", "StatefulSet"):
        spec["replicas"] = 0 if stopped else node.map.get("replicas", 1)
        # lib/workload/_deploymentSpec.tpl; a StatefulSet keeps Kubernetes' default, a rolling update.
        if kind == "Deployment":
            spec["strategy"] = {"type": node.map.get("strategy", "Recreate")}
    api_version = "apps/v1" if kind in _APPS else "batch/v1"
    metadata = {"name": name, "namespace": workload.release.namespace}
    return make_node(
        {"apiVersion": api_version, "kind": node.map["type"], "metadata": metadata, "spec": spec}, node
    )


def _is_primary(workload: WorkloadEntry) -> bool:
    return is_switched_on(workload.node.map.get("primary"), "primary")


def _make_pod_template(workload: WorkloadEntry) -> Node:
    pod = workload.pod
    labels: dict[str, object] = {
        **make_app_labels(workload.release.title, workload.release.name),
        "pod.name": workload.name,
    }
    metadata = {
        "labels": {**labels, **_expand_fields(workload, "labels")},
        "annotations": _expand_fields(workload, "annotations"),
    }
    spec: dict[str, object] = {
        key: workload.get_option(key)
        for key in (
            "hostNetwork",
            "dnsPolicy",
            "dnsConfig",
            "automountServiceAccountToken",
            "shareProcessNamespace",
            "runtimeClassName",
            "restartPolicy",
        )
        if workload.get_option(key) is not None
    }
    spec["securityContext"] = workload.merge_pod_security()
    starting = [
        (stage, key, node)
        for stage, key, node in (
            (workload.template.expand_text(node.map["type"].text) if "type" in node.map else "", key, node)
            for key, node in sorted(pod.fields("initContainers").items())
            if is_entry_enabled(workload.template, node, f"initContainers.{key}")
        )
    ]
    if any(stage not in _INIT_ORDER for stage, _, _ in starting):
        raise UnknownChart(
            f"Helm refuses an initContainer of workload.{workload.name}: type must be one of {_INIT_ORDER}"
        )
    starting.sort(key=lambda item: _INIT_ORDER.index(item[0]))
    if starting:
        spec["initContainers"] = [
            make_container(workload, key, node, f"{workload.fullname}-{stage}-{key}")
            for stage, key, node in starting
        ]
    spec["containers"] = [
        make_container(workload, key, node, _make_container_name(workload, key, node))
        for key, node in sorted(pod.fields("containers").items())
        if is_entry_enabled(workload.template, node, f"workload.{workload.name}.podSpec.containers.{key}")
    ]
    if objects := make_volumes(workload):
        spec["volumes"] = objects
    return make_node({"metadata": metadata, "spec": spec}, workload.node)


def _make_container_name(workload: WorkloadEntry, key: str, node: Node) -> str:
    primary = node.map.get("primary")
    return workload.fullname if primary is not None and primary.value else f"{workload.fullname}-{key}"


def _expand_fields(workload: WorkloadEntry, key: str) -> dict[str, object]:
    fields = workload.pod.map.get(key)
    return (
        {name: workload.template.expand(value) for name, value in fields.map.items()}
        if fields is not None
        else {}
    )
