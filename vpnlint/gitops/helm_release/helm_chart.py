"""The HelmChart and HelmChartConfig of k3s and RKE2, in the form of a HelmRelease.

Source: k3s-io/helm-controller v0.16, pkg/apis/helm.cattle.io/v1/types.go and pkg/controllers/chart/chart.go:
the values of the HelmChart, over them those of the HelmChartConfig of its name, over them `set`.
"""

from __future__ import annotations

from vpnlint.gitops.helm_release.local_chart import make_release
from vpnlint.gitops.helm_release.merge import coalesce_values, copy_values, read_values
from vpnlint.gitops.helm_release.set_path import set_path
from vpnlint.gitops.objects import Objects
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

_GROUP = "helm.cattle.io/"
_PACKED = "the chart is packed into the object"


def is_helm_chart(root: Node) -> bool:
    """Tell whether an object is a HelmChart of k3s's Helm controller (Flux has a kind of that name, too)."""
    return root.text_at("kind") == "HelmChart" and root.text_at("apiVersion").startswith(_GROUP)


def convert_helm_chart(root: Node, objects: Objects) -> tuple[Node, list[str]]:
    """Return a HelmChart in the form of a HelmRelease, and the names of missing sources of values.

    Raises InputError if its values are not YAML.
    """
    namespace, name = root.text_at("metadata", "namespace"), root.text_at("metadata", "name")
    config = objects.find("HelmChartConfig", namespace, name)
    values = Node.make({}, root)
    missing: list[str] = []
    for source in (root, config):
        if source is None:
            continue
        for key in ("valuesContent", "values"):
            node = source.get("spec", key)
            if node is not None and node.map:
                values = coalesce_values(values, node)
            elif node is not None and node.text:
                values = coalesce_values(values, read_values(node))
        secrets = source.items("spec", "valuesSecrets")
        missing += [f"Secret {namespace}/{secret.text_at('name')}" for secret in secrets]
    values = copy_values(values)
    for key, value in root.fields("spec", "set").items():
        try:
            set_path(values, f"{key}={value.scalar_text}", value)
        except ValueError as error:
            raise value.error(f"Helm cannot set this: {error}") from error
    if root.get("spec", "chartContent") is not None:
        missing.append(_PACKED)
    chart = root.text_at("spec", "chart").rstrip("/")
    about = {
        "chart": chart.rpartition("/")[2],
        "version": root.scalar_at("spec", "version"),
        "repository": root.text_at("spec", "repo") or chart.rpartition("/")[0],
    }
    release = make_release("HelmChart", name, values, about, root.get("metadata"))
    release = put_value(release, ("kind",), root.map["kind"])
    target = root.get("spec", "targetNamespace")
    return (
        put_value(release, ("spec", "targetNamespace"), target) if target is not None else release
    ), missing
