"""An object on its way through kustomize, with its earlier names and the files that led to it."""

from __future__ import annotations

from collections.abc import Iterable

from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

# Built-in kinds that belong to no namespace (Kubernetes 1.34); kustomize takes every unknown kind to be
# namespaced.
CLUSTER_KINDS = frozenset(
    (
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ComponentStatus",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    )
)


class Resource:
    """One object on its way through kustomize.

    via: the files that led to it or changed it. hashed: whether its name will get a hash. unfolded: whether
    it is a HelmRelease whose charts are among the cluster's. owner: the Flux Kustomization that applies it.
    left_by: the same, if that Kustomization certainly replaces no variables. before: its earlier namespaces
    and names. charts: how many charts, one after another, made it. prefixes, suffixes: those added to its
    name, in their order. taken: the containers that patches take out of its Pods, each with its patch.
    """

    def __init__(self, node: Node, via: Iterable[str] = (), *, hashed: bool = False, charts: int = 0) -> None:
        """Take the object; nothing is added to its name yet."""
        self.node = node
        self.via = {*via}
        self.hashed = hashed
        self.unfolded = False
        self.owner = ""
        self.left_by = ""
        self.charts = charts
        self.before: list[tuple[str, str]] = []
        self.prefixes: list[str] = []
        self.suffixes: list[str] = []
        self.taken: list[tuple[Node, Node]] = []

    def copy(self) -> Resource:
        """Return a Resource that can be changed while this one stays."""
        copied = Resource(self.node, self.via, hashed=self.hashed, charts=self.charts)
        copied.unfolded, copied.owner, copied.left_by = self.unfolded, self.owner, self.left_by
        copied.before += self.before
        copied.prefixes += self.prefixes
        copied.suffixes += self.suffixes
        copied.taken += self.taken
        return copied

    @property
    def kind(self) -> str:
        """The object's kind."""
        return self.node.text_at("kind")

    @property
    def name(self) -> str:
        """The object's name as it is now."""
        return self.node.text_at("metadata", "name")

    @property
    def namespace(self) -> str:
        """The object's namespace as it is now; empty if it has none."""
        return self.node.text_at("metadata", "namespace")

    @property
    def group(self) -> str:
        """The API group; empty for the core."""
        version = self.node.text_at("apiVersion")
        return version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The API version within its group."""
        return self.node.text_at("apiVersion").rpartition("/")[2]

    @property
    def namespaced(self) -> bool:
        """Tell whether objects of its kind live in a namespace."""
        return self.kind not in CLUSTER_KINDS

    @property
    def identities(self) -> list[tuple[str, str]]:
        """Its current and earlier pairs of namespace and name, the current one last."""
        return [*self.before, (self.namespace, self.name)]

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """API version, kind, namespace (`default` if it has none) and name, which no two objects share."""
        return self.node.text_at("apiVersion"), self.kind, self.namespace or "default", self.name

    def rename(self, name: Node, key: str = "name") -> None:
        """Set its name, or another key of its metadata, and remember the earlier one."""
        self.before.append((self.namespace, self.name))
        self.node = put_value(self.node, ("metadata", key), name)
