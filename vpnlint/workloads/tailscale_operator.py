"""Finds Tailscale's Kubernetes operator: its version, and the image and defaults of its proxies.

Source: github.com/tailscale/tailscale v1.102.3, cmd/k8s-operator/deploy/chart (values.yaml,
templates/deployment.yaml).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.helm_release.values import collect_values
from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node

_CHART = "tailscale-operator"
# The tag of the proxies' image if the repository does not say which version of the operator runs.
_UNKNOWN_TAG = "${tailscale-operator}"


class Operator(NamedTuple):
    """The operator as the repository installs it.

    image: the proxies' image. version: the operator's, empty if unknown. firewall_mode: its default mode for
    proxies. default_class: the ProxyClass of proxies that name none. Image and mode are Nodes if values or
    variables set them, so that a finding points there.
    """

    namespace: str
    image: Node | str
    version: str
    firewall_mode: Node | str = "auto"
    default_class: str = ""


def find_operator(objects: Objects, charts: ChartSources) -> Operator:
    """Return the operator that the objects install, by its chart or its Deployment.

    If there is none, returns an operator of unknown version.
    """
    for release in (*objects.of_kind("HelmRelease"), *objects.releases):
        if charts.find_chart(release, objects)[0] == _CHART:
            return _from_release(release, objects, charts)
    for deployment in objects.of_kind("Deployment"):
        for container in _list_containers(deployment):
            env = {item.text_at("name"): item.get("value") for item in container.items("env")}
            image = env.get("PROXY_IMAGE")
            default = env.get("PROXY_DEFAULT_CLASS")
            if image is not None and image.text:
                tag = re.search(r":([^:@/]+)", container.text_at("image"))
                return Operator(
                    deployment.text_at("metadata", "namespace"),
                    image,
                    tag[1] if tag else "",
                    env.get("PROXY_FIREWALL_MODE") or "",
                    default.scalar_text if default is not None else "",
                )
    return Operator("", f"tailscale/tailscale:{_UNKNOWN_TAG}", "")


def _from_release(release: Node, objects: Objects, charts: ChartSources) -> Operator:
    """Return the operator that a HelmRelease of its chart installs, with the chart's defaults."""
    try:
        own, _ = collect_values(release, objects)
    except InputError:
        own = Node.make({}, release)
    version = charts.find_chart(release, objects)[1].removeprefix("v")
    image = own.get("proxyConfig", "image")
    image = image if image is not None else Node.make({}, release)
    repository = image.text_at("repo") or image.text_at("repository") or "tailscale/tailscale"
    digest, tag = image.text_at("digest"), image.get("tag")
    tag_text = image.scalar_at("tag") or (
        f"v{version}" if re.fullmatch(r"[0-9.]+", version) else _UNKNOWN_TAG
    )
    place = tag if tag is not None else image if image.map else release
    return Operator(
        release.text_at("spec", "targetNamespace") or release.text_at("metadata", "namespace"),
        Node.make(f"{repository}@{digest}" if digest else f"{repository}:{tag_text}", place),
        version,
        own.get("proxyConfig", "firewallMode") or "auto",
        own.scalar_at("proxyConfig", "defaultProxyClass"),
    )


def _list_containers(workload: Node) -> list[Node]:
    spec = workload.get("spec", "template", "spec")
    return spec.items("containers") if spec is not None else []
