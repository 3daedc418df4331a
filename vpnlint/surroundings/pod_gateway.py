"""Reads HelmReleases of pod-gateway: which Pods they route, and whether their own firewall blocks.

Sources: angelnu/helm-charts charts/apps/pod-gateway (values.yaml of 6.x and 7.x,
templates/webhook-{admissionregistration,deployment}.yaml) and k8s-at-home/charts charts/stable/pod-gateway
5.x (the defaults and the namespace's label); angelnu/gateway-admision-controller v3.12.0
internal/mutation/gatewayPodMutator.go (the annotation wins over the label, the label over the default; Go's
ParseBool reads both); angelnu/pod-gateway v1.13.0 bin/gateway_init.sh (VPN_BLOCK_OTHER_TRAFFIC must be the
word true, and VPN_INTERFACE must not be empty).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.node import Node
from vpnlint.surroundings.egress_rules import judge_kubernetes_rule
from vpnlint.surroundings.network_policies import Governed, find_policies, judge_policies
from vpnlint.surroundings.pod_gateway_addon import judge_addon_firewall
from vpnlint.surroundings.selectors import (
    NamespaceLabels,
    matches_selector,
    read_namespace_labels,
    read_pod_labels,
)
from vpnlint.surroundings.trilean import Tri, all_of, any_of, is_unresolved
from vpnlint.workloads.workload import Workload

CHART = "pod-gateway"
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")
_SWITCH = {"yes": "on", "no": "off", "unknown": "unknown"}


def find_pod_gateways(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield an entry for each pod-gateway among the objects, in the form that find_gateways describes."""
    for release in objects.of_kind("HelmRelease"):
        if not _is_gateway(release):
            continue
        name = release.scalar_at("metadata", "name")
        values = release.get("spec", "values") or Node.make({}, release)
        namespace_labels = read_namespace_labels(objects, workload.namespace)
        opted, routed = _judge_opt_in(values, workload), _judge_namespace(values, namespace_labels)
        yield {
            "name": name,
            "kind": CHART,
            "place": f"HelmRelease/{release.scalar_at('metadata', 'namespace')}/{name}",
            "routes": all_of([opted, routed]),
            "missing": "" if namespace_labels.whole else f"Namespace {workload.namespace}".strip(),
            "killSwitch": _SWITCH[_judge_firewalls(release, values, objects, catalog)],
        }


def _is_gateway(release: Node) -> bool:
    named = (release.text_at("spec", "chart", "spec", "chart"), release.text_at("spec", "chartRef", "name"))
    return any(name.rsplit("/")[-1] == CHART for name in named)


def _judge_opt_in(values: Node, workload: Workload) -> Tri:
    """Tell whether the gateway's webhook, if it is called for the workload's Pods, routes their traffic."""
    default = values.get("webhook", "gatewayDefault")
    answer: Tri = "no" if default is not None and default.value is False else "yes"
    template = workload.template
    nodes = template.fields("metadata", "annotations") if template is not None else {}
    annotations = {key: node.scalar_text for key, node in nodes.items()}
    for section, texts in (("gatewayLabel", read_pod_labels(workload)), ("gatewayAnnotation", annotations)):
        node = values.get("webhook", section)
        value = texts.get("setGateway" if node is None else node.text)
        if value is not None:
            answer = "yes" if value in _TRUE else "no" if value in _FALSE else "unknown"
    return answer


def _judge_namespace(values: Node, namespace_labels: NamespaceLabels) -> Tri:
    """Tell whether the gateway's webhook is called for Pods in a namespace with these labels."""
    selector = values.get("webhook", "namespaceSelector")
    label = "routed-gateway"
    if selector is not None:
        custom = selector.get("custom")
        if selector.scalar_at("type") == "custom":
            return matches_selector(custom, namespace_labels.labels, whole=namespace_labels.whole)
        if "matchLabels" in selector.map or "matchExpressions" in selector.map:
            return matches_selector(selector, namespace_labels.labels, whole=namespace_labels.whole)
        label = selector.scalar_at("label") or label
    if not namespace_labels.whole or is_unresolved(label):
        return "unknown"
    return "yes" if namespace_labels.labels.get(label) == "true" else "no"


def _judge_firewalls(release: Node, values: Node, objects: Objects, catalog: Catalog) -> Tri:
    """Tell whether anything at the gateway blocks traffic that does not go through its VPN."""
    name = release.scalar_at("metadata", "name")
    namespace = release.scalar_at("spec", "targetNamespace") or release.scalar_at("metadata", "namespace")
    ports = frozenset(values.scalar_at("settings", key) for key in ("VPN_TRAFFIC_PORT", "VXLAN_PORT")) - {""}
    labels = {
        "app.kubernetes.io/instance": release.scalar_at("spec", "releaseName") or name,
        "app.kubernetes.io/name": CHART,
    }
    by_policy = judge_policies(find_policies(Governed(labels, namespace, ports), objects))
    return any_of(
        [
            _judge_own_rules(values),
            judge_addon_firewall(values, namespace, objects, catalog),
            _judge_chart_policy(values, ports),
            by_policy,
        ]
    )


def _judge_own_rules(values: Node) -> Tri:
    switch, interface = (
        values.get("settings", "VPN_BLOCK_OTHER_TRAFFIC"),
        values.get("settings", "VPN_INTERFACE"),
    )
    if switch is None or (interface is not None and interface.value == ""):
        return "no"
    if is_unresolved(switch.text):
        return "unknown"
    return "yes" if switch.value is True or switch.text == "true" else "no"


def _judge_chart_policy(values: Node, ports: frozenset[str]) -> Tri:
    """Tell whether the NetworkPolicy that the chart adds with its VPN addon blocks.

    By default it allows the VPN's port only.
    """
    addon = values.get("addons", "vpn")
    enabled = addon.get("networkPolicy", "enabled") if addon is not None else None
    if addon is None or not _is_on(addon.get("enabled")) or (enabled is not None and not _is_on(enabled)):
        return "no"
    rules = addon.get("networkPolicy", "egress")
    if rules is None:
        return "yes"
    opened = any_of(judge_kubernetes_rule(rule, ports) for rule in rules.list)
    return "yes" if opened == "no" else "no" if opened == "yes" else "unknown"


def _is_on(node: Node | None) -> bool:
    return node is not None and node.value is True
