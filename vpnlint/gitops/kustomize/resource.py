"""An object on its way through kustomize, with its earlier names and the files that led to it."""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass
class Resource:
    """One object on its way through kustomize.

    via: the files that led to it or changed it. hashed: whether its name will get a hash. unfolded: whether
    it is a HelmRelease whose charts are among the cluster's. owner: the Flux Kustomization that applies it.
    left_by: the same, if that Kustomization certainly replaces no variables. before: its earlier namespaces
    and names. charts: how many charts, one after another, made it. prefixes, suffixes: those added to its
    name, in their order.
    """

    node: Node
    via: set[str] = field(default_factory=set)
    hashed: bool = False
    unfolded: bool = False
    owner: str = ""
    left_by: str = ""
    charts: int = 0
    before: list[tuple[str, str]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    suffixes: list[str] = field(default_factory=list)

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
