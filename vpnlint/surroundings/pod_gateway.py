"""Reads HelmReleases of pod-gateway: which Pods they take in, and whether they block by themselves.

Sources: angelnu/helm-charts charts/apps/pod-gateway (values.yaml of 6.x and 7.x,
templates/webhook-{admissionregistration,deployment}.yaml) and k8s-at-home/charts charts/stable/pod-gateway
5.x: the defaults, the namespace's label; angelnu/gateway-admision-controller v3.12.0
internal/mutation/gatewayPodMutator.go: the annotation wins over the label, the label over the default, both
read by Go's ParseBool; angelnu/pod-gateway v1.13.0 bin/gateway_init.sh: VPN_BLOCK_OTHER_TRAFFIC must be the
word true, and VPN_INTERFACE not empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.node import Node
from vpnlint.surroundings.egress_rules import kubernetes_rule_opens
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
    """Yield each gateway, as vpnlint.surroundings.gateways describes it."""
    for release in objects.of_kind("HelmRelease"):
        if not _is_gateway(release):
            continue
        name = release.scalar_at("metadata", "name")
        values = release.get("spec", "values") or Node.make({}, release)
        around = read_namespace_labels(objects, workload.namespace)
        opted, routed = _opted(values, workload), _is_routed(values, around)
        yield {
            "name": name,
            "kind": CHART,
            "place": f"HelmRelease/{release.scalar_at('metadata', 'namespace')}/{name}",
            "routes": all_of([opted, routed]),
            "missing": "" if around.whole else f"Namespace {workload.namespace}".strip(),
            "killSwitch": _SWITCH[_blocks(release, values, objects, catalog)],
        }


def _is_gateway(release: Node) -> bool:
    named = (release.text_at("spec", "chart", "spec", "chart"), release.text_at("spec", "chartRef", "name"))
    return any(name.rsplit("/")[-1] == CHART for name in named)


def _opted(values: Node, workload: Workload) -> Tri:
    """Tell whether the gateway takes a Pod with these labels and annotations in, if it is asked about it."""
    default = values.get("webhook", "gatewayDefault")
    answer: Tri = "no" if default is not None and default.value is False else "yes"
    template = workload.template
    found = template.fields("metadata", "annotations") if template is not None else {}
    annotations = {key: node.scalar_text for key, node in found.items()}
    for section, texts in (("gatewayLabel", read_pod_labels(workload)), ("gatewayAnnotation", annotations)):
        node = values.get("webhook", section)
        value = texts.get("setGateway" if node is None else node.text)
        if value is not None:
            answer = "yes" if value in _TRUE else "no" if value in _FALSE else "unknown"
    return answer


def _is_routed(values: Node, around: NamespaceLabels) -> Tri:
    """Tell whether the gateway's webhook is asked about Pods of a namespace with these labels."""
    selector = values.get("webhook", "namespaceSelector")
    label = "routed-gateway"
    if selector is not None:
        custom = selector.get("custom")
        if selector.scalar_at("type") == "custom":
            return matches_selector(custom, around.labels, whole=around.whole)
        if "matchLabels" in selector.map or "matchExpressions" in selector.map:
            return matches_selector(selector, around.labels, whole=around.whole)
        label = selector.scalar_at("label") or label
    if not around.whole or is_unresolved(label):
        return "unknown"
    return "yes" if around.labels.get(label) == "true" else "no"


def _blocks(release: Node, values: Node, objects: Objects, catalog: Catalog) -> Tri:
    """Tell whether anything at the gateway blocks what does not go through its VPN."""
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
            _own_rules(values),
            judge_addon_firewall(values, namespace, objects, catalog),
            _chart_policy(values, ports),
            by_policy,
        ]
    )


def _own_rules(values: Node) -> Tri:
    switch, interface = (
        values.get("settings", "VPN_BLOCK_OTHER_TRAFFIC"),
        values.get("settings", "VPN_INTERFACE"),
    )
    if switch is None or (interface is not None and interface.value == ""):
        return "no"
    if is_unresolved(switch.text):
        return "unknown"
    return "yes" if switch.value is True or switch.text == "true" else "no"


def _chart_policy(values: Node, ports: frozenset[str]) -> Tri:
    """Tell whether the policy that the chart makes beside its VPN addon blocks.

    By default it does, but for the VPN's port.
    """
    addon = values.get("addons", "vpn")
    enabled = addon.get("networkPolicy", "enabled") if addon is not None else None
    if addon is None or not _is_on(addon.get("enabled")) or (enabled is not None and not _is_on(enabled)):
        return "no"
    rules = addon.get("networkPolicy", "egress")
    if rules is None:
        return "yes"
    opened = any_of(kubernetes_rule_opens(rule, ports) for rule in rules.list)
    return "yes" if opened == "no" else "no" if opened == "yes" else "unknown"


def _is_on(node: Node | None) -> bool:
    return node is not None and node.value is True
