"""An object on its way through kustomize, with its earlier names and the files that led to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from vpnlint.source.edit import put
from vpnlint.source.node import Node

# Built-in kinds that belong to no namespace (Kubernetes 1.34); kustomize takes every kind it doesn't know as
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
    """One object, with the files that led to it or changed it (via).

    hashed: a suffix of its content's hash is still to come.

    unfolded: it is a HelmRelease, and the charts that it installs are among the cluster's. before: its
    earlier (namespace, name)s. prefixes, suffixes: what its name got, the last one last.
    """

    node: Node
    via: set[str] = field(default_factory=set)
    hashed: bool = False
    unfolded: bool = False
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
        """The object's namespace as it is now; empty where none is given."""
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
        """What it is and was called: (namespace, name)."""
        return [*self.before, (self.namespace, self.name)]

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What no two objects can share: API version, kind, namespace (none is `default`) and name."""
        return self.node.text_at("apiVersion"), self.kind, self.namespace or "default", self.name

    def rename(self, name: Node, key: str = "name") -> None:
        """Give it another name (or namespace, by `key`), and remember the one it had."""
        self.before.append((self.namespace, self.name))
        self.node = put(self.node, ("metadata", key), name)
