"""Renders app-template 1.x: one controller, whose image, env, probes … are at the top level of the values.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/values.yaml and templates/lib, version 1.5.1.
"""

from __future__ import annotations

from vpnlint.charts.app_template.defaults import DEFAULTS_1
from vpnlint.charts.app_template.persistence import make_claim_templates, make_volume
from vpnlint.charts.app_template.pod_template import CHECKSUM, choose_account_name, makes_token
from vpnlint.charts.app_template.scope import Scope
from vpnlint.charts.app_template.v1_addons import add_addons
from vpnlint.charts.app_template.v1_containers import (
    list_stored_items,
    make_extra_containers,
    make_main_container,
)
from vpnlint.charts.helm.library_services import make_library_services
from vpnlint.charts.helm.values import is_empty, make_app_labels, make_node, merge_maps, overlay_values
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_KINDS = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
}
# Pod's field → key in the values.
_POD_FIELDS = {
    "automountServiceAccountToken": "automountServiceAccountToken",
    "enableServiceLinks": "enableServiceLinks",
    "securityContext": "podSecurityContext",
    **{
        name: name
        for name in (
            "imagePullSecrets", "priorityClassName", "runtimeClassName", "schedulerName", "hostIPC",
            "hostNetwork", "hostPID", "hostname", "dnsConfig", "hostAliases", "nodeSelector", "affinity",
            "topologySpreadConstraints", "tolerations",
        )
    },
}  # fmt: skip
_SWITCHES = ("automountServiceAccountToken", "enableServiceLinks")


def render_version_1(release: Release) -> list[Node]:
    """Return the only controller of a release with its Services, or nothing if `controller.enabled` is false.

    Raises UnknownChart, with the reason, if the chart would refuse the values.
    """
    values = overlay_values(DEFAULTS_1, release.values)
    scope = Scope(release, values, (1, 5, 1))
    scope = Scope(release, add_addons(scope), scope.version)
    controller = scope.values.map.get("controller", values)
    if is_empty(controller.map.get("enabled")):
        return []
    type_node = controller.map.get("type", controller)
    kind = _KINDS.get(type_node.text)
    if kind is None:
        raise UnknownChart(f"controller.type is {type_node.text!r}, which app-template 1.x does not have")
    services = make_library_services(
        scope.values, scope.fullname, make_app_labels(scope.name, release.name), release.namespace
    )
    return [_make_controller(scope, controller, type_node, kind), *services]


def _make_controller(scope: Scope, controller: Node, type_node: Node, kind: str) -> Node:
    values = scope.values
    selector = make_node(make_app_labels(scope.name, scope.release.name), values)
    template = {
        "metadata": _make_metadata(scope),
        "spec": Node.make(_make_pod_spec(scope, controller, kind), values),
    }
    spec = {"template": Node.make(template, values)}
    if kind == "CronJob":
        own = {
            key: node for key, node in controller.fields("cronjob").items() if key in ("schedule", "suspend")
        }
        spec = {**own, "jobTemplate": Node.make({"spec": Node.make(spec, values)}, values)}
    else:
        spec["selector"] = Node.make({"matchLabels": selector}, values)
    if kind in ("Deployment", "StatefulSet"):
        strategy = controller.map.get("strategy")
        default = make_node("Recreate" if kind == "Deployment" else "RollingUpdate", controller)
        name = strategy if strategy is not None and strategy.value else default
        spec["strategy" if kind == "Deployment" else "updateStrategy"] = Node.make({"type": name}, name)
        spec["replicas"] = controller.map.get("replicas", make_node(None, controller))
    if kind == "StatefulSet":
        spec.update(make_claim_templates(values.map.get("volumeClaimTemplates")))
    metadata = {
        "name": make_node(scope.fullname, values),
        "namespace": make_node(scope.release.namespace, values),
        "labels": Node.make(merge_maps([controller.map.get("labels"), selector]), values),
    }
    return Node.make(
        {
            "apiVersion": make_node("batch/v1" if kind == "CronJob" else "apps/v1", type_node),
            "kind": make_node(kind, type_node),
            "metadata": Node.make(metadata, values),
            "spec": Node.make(spec, values),
        },
        values,
    )


def _make_metadata(scope: Scope) -> Node:
    selector = make_node(make_app_labels(scope.name, scope.release.name), scope.values)
    labels = {**selector.map, **scope.values.fields("podLabels")}
    annotations = {key: scope.expand(value) for key, value in scope.values.fields("podAnnotations").items()}
    for section, name in (("configMaps", "config"), ("secrets", "secrets")):
        items = scope.values.map.get(section, make_node({}, scope.values))
        summed = any(not is_empty(item.map.get("enabled")) for item in items.map.values())
        if summed or (section == "secrets" and makes_token(scope)):
            annotations[f"checksum/{name}"] = make_node(CHECKSUM, items)
    metadata = {"labels": Node.make(labels, scope.values)}
    if annotations:
        metadata["annotations"] = Node.make(annotations, scope.values.map.get("podAnnotations", scope.values))
    return Node.make(metadata, scope.values)


def _make_pod_spec(scope: Scope, controller: Node, kind: str) -> dict[str, Node]:
    values = scope.values
    spec: dict[str, Node] = {}
    for field, source in _POD_FIELDS.items():
        value = values.map.get(source)
        if value is not None and (value.value or source in _SWITCHES):
            spec[field] = value
    account = scope.values.map.get("serviceAccount", scope.values)
    spec["serviceAccountName"] = choose_account_name(scope, account)
    policy, host_network = values.map.get("dnsPolicy"), values.map.get("hostNetwork")
    default = "ClusterFirst" if is_empty(host_network) else "ClusterFirstWithHostNet"
    spec["dnsPolicy"] = policy if policy is not None and policy.value else make_node(default, values)
    for field, path in (
        ("terminationGracePeriodSeconds", ("termination", "gracePeriodSeconds")),
        ("restartPolicy", ("controller", "restartPolicy")),
    ):
        option = values.get(*path)
        if option is not None and option.value:
            spec[field] = option
    additional = merge_maps([values.map.get("sidecars"), values.map.get("additionalContainers")])
    lists = {
        "initContainers": make_extra_containers(scope, scope.values.fields("initContainers")),
        "containers": [make_main_container(scope, controller), *make_extra_containers(scope, additional)],
        "volumes": [make_volume(scope, name, item) for name, item in list_stored_items(scope)],
    }
    spec.update(
        {field: Node.make(items, values.map.get(field, values)) for field, items in lists.items() if items}
    )
    return spec
