"""Makes the StatefulSets that Tailscale's Kubernetes operator creates for the objects that it handles.

A Connector, a ProxyGroup and a Service with the operator's annotations become a StatefulSet in the operator's
namespace; a ProxyClass changes its Pod. vpnlint leaves out everything that no rule reads (labels, owner
references, the configuration Secret's volumes) and the proxies of an L7 Ingress, which run in userspace by
design. Source: github.com/tailscale/tailscale, cmd/k8s-operator at v1.102.3 (sts.go, svc.go, connector.go,
proxygroup_specs.go), and deploy/manifests/proxy.yaml from v1.60.0 to v1.102.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vpnlint.charts.helm.values import make_node
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.objects import Objects
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node
from vpnlint.workloads.tailscale_operator import Operator, find_operator

_GROUP = "tailscale.com/"
# Annotation of a Service that leads to a machine of the tailnet → the variable of its proxy.
EGRESS_ANNOTATIONS = {
    "tailscale.com/tailnet-fqdn": "TS_TAILNET_TARGET_FQDN",
    "tailscale.com/tailnet-ip": "TS_TAILNET_TARGET_IP",
    "tailscale.com/ts-tailnet-target-ip": "TS_TAILNET_TARGET_IP",
}
_CLASS = "tailscale.com/proxy-class"
# Before, the container had NET_ADMIN only (pull request 14262).
_PRIVILEGED_SINCE = (1, 78)


def is_handled_by_operator(root: Node) -> bool:
    """Tell whether the operator creates or changes a StatefulSet because of an object."""
    kind = root.text_at("kind")
    if kind in ("Connector", "ProxyGroup", "ProxyClass"):
        return root.text_at("apiVersion").startswith(_GROUP)
    return kind == "Service" and root.text_at("apiVersion") == "v1" and _is_proxied(root)


def make_stateful_sets(root: Node, objects: Objects, charts: ChartSources) -> Iterator[Node]:
    """Yield the StatefulSet that the operator creates for an object that it handles.

    A ProxyClass that no applied object uses yields the proxy that it would make of a Service. An object whose
    ProxyClass is not applied yields nothing, since the operator waits for the class.
    """
    operator = find_operator(objects, charts)
    kind = root.text_at("kind")
    if kind == "ProxyClass":
        if not _is_used(root, objects, operator):
            yield _apply_class(_make_proxy(root, operator), root)
        return
    if kind == "ProxyGroup" and root.text_at("spec", "type") == "kube-apiserver":
        return
    name = _read_class_name(root, operator)
    proxy_class = _find_class(name, objects)
    if name and proxy_class is None:
        return
    proxy = _make_proxy(root, operator)
    yield _apply_class(proxy, proxy_class) if proxy_class is not None else proxy


def _is_proxied(service: Node) -> bool:
    """Tell whether the operator creates a proxy for a Service alone."""
    annotations = _read_annotations(service)
    if "tailscale.com/proxy-group" in annotations:
        return False
    if any(annotations.get(name) for name in EGRESS_ANNOTATIONS):
        return True
    headless = service.text_at("spec", "clusterIP") == "None"
    balanced = (
        service.text_at("spec", "type") == "LoadBalancer"
        and service.text_at("spec", "loadBalancerClass") == "tailscale"
    )
    return not headless and (annotations.get("tailscale.com/expose") == "true" or balanced)


def _make_proxy(root: Node, operator: Operator) -> Node:
    """Return the StatefulSet of deploy/manifests/proxy.yaml for an object, as sts.go completes it."""
    name = f"ts-{root.text_at('metadata', 'name')}"
    numbers = [int(part) for part in re.findall(r"[0-9]{1,9}", operator.version)[:2]]
    old = len(numbers) == 2 and tuple(numbers) < _PRIVILEGED_SINCE
    env: list[object] = [
        {"name": "TS_USERSPACE", "value": "false"},
        # The operator writes $(POD_NAME) here, which the kubelet expands to this.
        {"name": "TS_KUBE_SECRET", "value": f"{name}-0"},
        {"name": "TS_EXPERIMENTAL_VERSIONED_CONFIG_DIR", "value": f"/etc/tsconfig/{name}-0"},
    ]
    if operator.firewall_mode:
        env.append({"name": "TS_DEBUG_FIREWALL_MODE", "value": operator.firewall_mode})
    annotations = _read_annotations(root)
    if root.text_at("kind") == "Service":
        targets = [
            (variable, annotations[name])
            for name, variable in EGRESS_ANNOTATIONS.items()
            if annotations.get(name)
        ]
        env += [{"name": variable, "value": value} for variable, value in targets[:1]]
    container = {
        "name": "tailscale",
        "image": operator.image,
        "env": env,
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
        "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}} if old else {"privileged": True},
    }
    sysctler = {
        "name": "sysctler",
        "image": operator.image,
        "command": ["/bin/sh", "-c"],
        "args": ["sysctl -w net.ipv4.ip_forward=1"],
        "securityContext": {"privileged": True},
    }
    return make_node(
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": name, "namespace": operator.namespace},
            "spec": {
                "replicas": root.get("spec", "replicas") or 1,
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {
                        "serviceAccountName": "proxies",
                        "initContainers": [sysctler],
                        "containers": [container],
                    },
                },
            },
        },
        root,
    )


def _apply_class(proxy: Node, proxy_class: Node) -> Node:
    """Return a proxy's StatefulSet with a ProxyClass applied, as applyProxyClassToStatefulSet does."""
    pod = proxy_class.get("spec", "statefulSet", "pod")
    if pod is None or not pod.map:
        return proxy
    template = proxy.map["spec"].map["template"]
    spec = template.map["spec"]
    for key in ("securityContext", "dnsPolicy", "dnsConfig", "nodeSelector", "affinity"):
        if key in pod.map:
            spec = put_value(spec, (key,), pod.map[key])
    for key, overlay in (("containers", "tailscaleContainer"), ("initContainers", "tailscaleInitContainer")):
        own = pod.get(overlay)
        if own is not None and own.map:
            changed = [_overlay_container(container, own) for container in spec.map[key].list]
            spec = put_value(spec, (key,), Node.make(changed, spec.map[key]))
    template = put_value(template, ("spec",), spec)
    for key in ("labels", "annotations"):
        if key in pod.map:
            template = put_value(template, ("metadata", key), pod.map[key])
    return put_value(proxy, ("spec", "template"), template)


def _overlay_container(container: Node, overlay: Node) -> Node:
    """Return a container with a ProxyClass's container applied.

    The class's security context replaces the container's; its env is appended and wins.
    """
    result = dict(container.map)
    for key in ("securityContext", "image", "imagePullPolicy"):
        if key in overlay.map and overlay.map[key].value not in (None, "", {}):
            result[key] = overlay.map[key]
    for key in ("requests", "limits"):
        amounts = overlay.get("resources", key)
        if amounts is not None and amounts.map:
            result["resources"] = put_value(result.get("resources", Node.make({}, amounts)), (key,), amounts)
    names = {item.text_at("name") for item in overlay.items("env")}
    if names:
        kept = [item for item in container.items("env") if item.text_at("name") not in names]
        result["env"] = Node.make([*kept, *overlay.items("env")], overlay.map["env"])
    return Node.make(result, overlay)


def _read_class_name(root: Node, operator: Operator) -> str:
    """Return the name of an object's ProxyClass; a Connector does not use the operator's default."""
    kind = root.text_at("kind")
    if kind == "Connector":
        return root.text_at("spec", "proxyClass")
    if kind == "ProxyGroup":
        return root.text_at("spec", "proxyClass") or operator.default_class
    label = root.scalar_at("metadata", "labels", _CLASS)
    return label or _read_annotations(root).get(_CLASS, "") or operator.default_class


def _find_class(name: str, objects: Objects) -> Node | None:
    return objects.find("ProxyClass", "", name)


def _is_used(proxy_class: Node, objects: Objects, operator: Operator) -> bool:
    name = proxy_class.text_at("metadata", "name")
    users = (
        root
        for kind in ("Connector", "ProxyGroup", "Service")
        for root in objects.of_kind(kind)
        if is_handled_by_operator(root)
    )
    return any(_read_class_name(user, operator) == name for user in users)


def _read_annotations(root: Node) -> dict[str, str]:
    return {key: node.scalar_text for key, node in root.fields("metadata", "annotations").items()}
