"""Renders bjw-s' app-template chart, versions 1 to 5, like Helm.

The controllers lack the labels `helm.sh/chart` and `app.kubernetes.io/managed-by`, which no Pod has. Source:
github.com/bjw-s-labs/helm-charts, charts/other/app-template and charts/library/common, tags common-2.3.0 to
common-4.1.1 (templates/render/_controllers.tpl, templates/classes), and single files of common 4.6.0 and
5.3.0.
"""

from __future__ import annotations

from vpnlint.charts.app_template.companions import make_companions
from vpnlint.charts.app_template.defaults import DEFAULTS_2
from vpnlint.charts.app_template.persistence import make_claim_templates
from vpnlint.charts.app_template.pod_template import make_controller_labels, make_pod_template
from vpnlint.charts.app_template.scope import Kind, Scope, Version, resolve_version
from vpnlint.charts.app_template.services import make_services
from vpnlint.charts.helm.template import find_undefined_function
from vpnlint.charts.helm.values import is_empty, list_enabled_items, make_node, merge_maps, overlay_values
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.edit import map_strings
from vpnlint.source.node import Node

_KINDS = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
    "job": "Job",
}


def render_app_template(release: Release) -> list[Node]:
    """Return the controllers of a release, sorted by identifier, followed by its other objects.

    Raises UnknownChart if the chart is another one of this name, or if it would refuse the values.
    """
    version = resolve_version(release.version, release.values)
    _refuse_namesakes(release, version)
    try:
        if version[0] >= 2:
            return _make_objects(release, version)
        from vpnlint.charts.app_template.v1 import render_version_1  # few releases are as old as that

        return render_version_1(release)
    except ValueError as error:
        raise UnknownChart(str(error)) from error


def _refuse_namesakes(release: Release, version: Version) -> None:
    """Raise UnknownChart if the values belong to another chart named app-template.

    That is TrueCharts' chart, or a fork with a top-level `image`.
    """
    values = release.values.map
    if version[0] >= 2 and ("image" in values or "workload" in values):
        raise UnknownChart(f"these values are not for bjw-s' app-template {release.version}")


def _make_objects(release: Release, version: Version) -> list[Node]:
    values = overlay_values(DEFAULTS_2, release.values) if version[0] == 2 else release.values
    scope = Scope(release, values, version)
    if version >= (5, 2, 0):
        # Since 5.2.0 the chart evaluates every string of its values once (values/_init.tpl,
        # evaluateTemplate).
        scope = Scope(release, _evaluate_values(scope), version, is_evaluated=True)
    enabled = list_enabled_items(scope.values.map.get("controllers"))
    controllers = [_make_controller(scope, identifier, item, len(enabled)) for identifier, item in enabled]
    return [*controllers, *make_services(scope, dict(enabled)), *make_companions(scope, dict(enabled))]


def _evaluate_values(scope: Scope) -> Node:
    """Return all values with their `{{ }}` evaluated. Raises UnknownChart if Helm would refuse one."""

    def evaluate(node: Node) -> Node:
        if "{{" not in node.text:
            return node
        name = find_undefined_function(node.text)
        if name:
            problem = node.error(
                f"{{{{ }}}} calls {name}, a function that Helm does not have, so Helm refuses it"
            )
            raise UnknownChart(str(problem))
        return scope.expand(node)

    return map_strings(scope.values, evaluate)


def _make_controller(scope: Scope, identifier: str, item: Node, count: int) -> Node:
    type_node = item.map.get("type")
    kind = _KINDS.get(type_node.text if type_node is not None and type_node.value else "deployment")
    if kind is None:
        value = item.text_at("type")
        raise UnknownChart(f"controllers.{identifier}.type is {value!r}, which the chart does not have")
    selector = make_node(make_controller_labels(scope, identifier, item), item)
    labels = merge_maps([item.map.get("labels"), selector, scope.values.get("global", "labels")])
    metadata = {
        "name": Node.make(scope.make_object_name(identifier, item, Kind.CONTROLLER, count), item),
        "namespace": make_node(scope.release.namespace, item),
        "labels": scope.expand(Node.make(labels, item)),
    }
    annotations = merge_maps([item.map.get("annotations"), scope.values.get("global", "annotations")])
    if annotations:
        metadata["annotations"] = scope.expand(Node.make(annotations, item))
    return Node.make(
        {
            "apiVersion": make_node("batch/v1" if kind in ("Job", "CronJob") else "apps/v1", item),
            "kind": make_node(kind, type_node if type_node is not None else item),
            "metadata": Node.make(metadata, item),
            "spec": Node.make(_make_spec(scope, identifier, item, kind, selector), item),
        },
        item,
    )


def _make_spec(scope: Scope, identifier: str, item: Node, kind: str, selector: Node) -> dict[str, Node]:
    if kind in ("Job", "CronJob"):
        template = make_pod_template(scope, identifier, item, "Never")
        if kind == "Job":
            suspend = item.get("job", "suspend")
            return {"template": template, **({"suspend": suspend} if suspend is not None else {})}
        job = Node.make({"spec": Node.make({"template": template}, item)}, item)
        own = {key: node for key, node in item.fields("cronjob").items() if key in ("schedule", "suspend")}
        return {"jobTemplate": job, **own}
    spec = {
        "selector": Node.make({"matchLabels": selector}, item),
        "template": make_pod_template(scope, identifier, item),
    }
    if kind != "DaemonSet":
        if kind == "Deployment" or "replicas" in item.map:
            spec["replicas"] = item.map.get("replicas", make_node(1, item))
        strategy_type = item.map.get("strategy")
        default = "Recreate" if kind == "Deployment" else "RollingUpdate"
        name = (
            strategy_type if strategy_type is not None and strategy_type.value else make_node(default, item)
        )
        strategy = Node.make({"type": name, **_make_rolling_update(scope, item, kind, name)}, name)
        spec["strategy" if kind == "Deployment" else "updateStrategy"] = strategy
    if kind == "StatefulSet":
        spec.update(make_claim_templates(item.get("statefulset", "volumeClaimTemplates")))
    return spec


def _make_rolling_update(scope: Scope, item: Node, kind: str, strategy: Node) -> dict[str, Node]:
    update = item.map.get("rollingUpdate")
    if update is None or strategy.value != "RollingUpdate":
        return {}
    names = {"partition": "partition"}
    if kind == "Deployment":
        names = {"maxUnavailable": "unavailable", "maxSurge": "surge"}
    # If both spellings are present, Kubernetes' own wins since 5.x.
    newer = scope.version >= (5, 0, 0)
    fields = {
        new: update.map.get(new if newer else old, update.map.get(old if newer else new))
        for new, old in names.items()
    }
    kept = {name: value for name, value in fields.items() if value is not None and not is_empty(value)}
    return {"rollingUpdate": Node.make(kept, update)} if kept else {}
