"""Lists the kinds of objects that run Pods, and where each holds its Pod template.

Sources: the Kubernetes 1.34 API (core/v1, apps/v1, batch/v1); Argo Rollouts v1.8
pkg/apis/rollouts/v1alpha1/types.go (a Rollout has a `spec.template` like a Deployment's, or a
`spec.workloadRef` that names the object with the template).
"""

from __future__ import annotations

from typing import NamedTuple

from vpnlint.source.node import Node


class PodKind(NamedTuple):
    """A kind that runs Pods: its API group, its resource name in the API, and the path of its template."""

    kind: str
    group: str
    resource: str
    template: tuple[str, ...]


_TEMPLATE = ("spec", "template")
_ALL = (
    PodKind("Pod", "", "pods", ()),
    PodKind("ReplicationController", "", "replicationcontrollers", _TEMPLATE),
    PodKind("Deployment", "apps", "deployments", _TEMPLATE),
    PodKind("StatefulSet", "apps", "statefulsets", _TEMPLATE),
    PodKind("DaemonSet", "apps", "daemonsets", _TEMPLATE),
    PodKind("ReplicaSet", "apps", "replicasets", _TEMPLATE),
    PodKind("Job", "batch", "jobs", _TEMPLATE),
    PodKind("CronJob", "batch", "cronjobs", ("spec", "jobTemplate", *_TEMPLATE)),
)
# Both are keyed by kind. Kustomize's transformers and the policies for the cluster handle only the built-in
# kinds: a Rollout's Pods pass the API server as ReplicaSets.
BUILT_IN = {kind.kind: kind for kind in _ALL}
POD_KINDS = {**BUILT_IN, "Rollout": PodKind("Rollout", "argoproj.io", "rollouts", _TEMPLATE)}


def find_pod_template(root: Node) -> Node | None:
    """Return the Pod template of an object that runs Pods, or None if it has none or is of another kind.

    A Pod is its own template.
    """
    kind = POD_KINDS.get(root.text_at("kind"))
    return root.get(*kind.template) if kind is not None else None
