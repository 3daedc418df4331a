"""The kinds of objects that matter, and the words without which no text holds one."""

from __future__ import annotations

from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS, find_pod_template

# What installs charts that run Pods, with the API groups in which vpnlint reads it: other programs have kinds
# of the same names, as OAM has Applications and Flux 1 had HelmReleases.
_INSTALLS = {
    "HelmRelease": ("helm.toolkit.fluxcd.io",),
    "HelmChartProxy": ("addons.cluster.x-k8s.io",),
    "HelmChart": ("helm.cattle.io", "source.toolkit.fluxcd.io"),
    "Application": ("argoproj.io",),
    "ApplicationSet": ("argoproj.io",),
    "ResourceSet": ("fluxcd.controlplane.io",),
}
# What runs Pods, and what installs charts that do.
RUNS_PODS = frozenset((*POD_KINDS, *_INSTALLS))
# What leads to other files: API groups, as the apiVersion of each such object holds one of them.
LEADING_GROUPS = (
    "kustomize.toolkit.fluxcd.io",
    "fluxcd.controlplane.io",
    "argoproj.io",
    "source.extensions.fluxcd.io",
)
# What says where a source is from.
SOURCES = frozenset(("GitRepository", "OCIRepository", "Bucket", "HelmRepository", "ExternalArtifact"))
# What decides for Pods that it selects or changes, or for all of a namespace.
SELECTS = frozenset(
    (
        "NetworkPolicy",
        "CiliumNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "CiliumEgressGatewayPolicy",
        "Namespace",
        "MutatingAdmissionPolicy",
        "MutatingPolicy",
        "NamespacedMutatingPolicy",
        "ClusterPolicy",
        "Policy",
    )
)
# What matters only where something names it.
NAMED = frozenset(
    (
        "ConfigMap",
        "Secret",
        "ExternalSecret",
        "SealedSecret",
        "OCIRepository",
        "HelmChart",
        "NetworkAttachmentDefinition",
    )
)
# What Tailscale's operator turns into Pods that carry traffic; the prefix tells Services with its
# annotations.
OPERATED = frozenset(("Connector", "ProxyClass", "ProxyGroup"))
OPERATED_PREFIX = "tailscale.com/"
# What runs no client and may be the place of a finding about one, or about a VPN: egress gateways, and what
# Tailscale's operator makes of its objects.
BLAMED = OPERATED | {"CiliumEgressGatewayPolicy"}
# What stands beside Pods and is read wherever their folder is; it leads nobody there.
BESIDE = frozenset(("Service", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"))
BESIDE_WORDS = (b"Service", b"Role")
# Knative's Service runs Pods; Kubernetes' own kinds have these groups.
_BESIDE_GROUPS = ("", "rbac.authorization.k8s.io")
# What matters without running a client itself.
RUN_NO_CLIENT = SELECTS | OPERATED | BESIDE
# What gives others their inputs, wherever a client's name stands.
INPUTS = frozenset(("ResourceSetInputProvider", "HelmChartConfig", "ArtifactGenerator"))
# A release whose client's name may stand elsewhere, one that may be a gateway, Tailscale's operator, and
# Cilium, whose values say which addresses Pods get; many an object has a label of Cilium's, so that its name
# alone says nothing.
VALUES_FROM = b"valuesFrom"
CILIUM = (b"chart: cilium", b"name: cilium")
ELSEWHERE = (VALUES_FROM, b"pod-gateway", b"tailscale-operator", *CILIUM)
# What a Pod with a VPN alone is known by: a client in another Pod may count on it.
VPNS = (b"gluetun", b"wireguard", b"openvpn", b"nordvpn")
# No document that matters holds none of these words, unless it writes one by escapes.
WORDS = (
    # What repositories have most of comes first: the search ends at the first word.
    *(kind.encode() for kind in sorted(NAMED)),
    *(group.encode() for group in LEADING_GROUPS),
    b"source.toolkit.fluxcd.io",
    b"helm.cattle.io",
    b"NetworkPolicy",
    b"CiliumEgressGatewayPolicy",
    b"Namespace",
    b"MutatingAdmissionPolicy",
    b"kyverno.io",
    OPERATED_PREFIX.encode(),
    # A HelmRelease whose chart is a folder of this repository.
    b"GitRepository",
    b"Bucket",
    *ELSEWHERE,
    *VPNS,
)
_ESCAPES = (b"\\x", b"\\u", b"\\U", b"\\\n", b"\\\r")
# Kinds of objects that name an image and run none: Flux's image automation.
RUNS_NONE = frozenset(("ImageRepository", "ImagePolicy", "ImageUpdateAutomation"))
_READ = SELECTS | NAMED | SOURCES | OPERATED | INPUTS | RUNS_NONE | {"Kustomization", "Component"}


def is_foreign(root: Node, kind: str, group: str) -> bool:
    """Tell whether vpnlint does not read an object of this kind and API group as what it is."""
    if kind in POD_KINDS:
        # OpenKruise's kinds of these names have a Pod template at the same place, Volcano's Job has not.
        return group not in (POD_KINDS[kind].group, "extensions") and find_pod_template(root) is None
    if kind in _INSTALLS:
        return group not in _INSTALLS[kind]
    return kind not in _READ and not is_beside(kind, group)


def may_matter(data: bytes, *, beside: bool = False) -> bool:
    """Tell whether bytes may hold an object that matters by its kind, or (beside) by its place."""
    return holds_word(data, (*WORDS, *BESIDE_WORDS) if beside else WORDS)


def is_read_when_led_to(kind: str, group: str) -> bool:
    """Tell whether objects of a kind are read wherever a reference leads to their file."""
    return kind in SOURCES or kind in INPUTS or is_beside(kind, group)


def is_beside(kind: str, group: str) -> bool:
    """Tell whether objects of a kind stand beside Pods."""
    return kind in BESIDE and group in _BESIDE_GROUPS


def holds_word(data: bytes, words: tuple[bytes, ...]) -> bool:
    """Tell whether bytes hold one of the words, or escapes that might write one."""
    return any(map(data.__contains__, words)) or any(map(data.__contains__, _ESCAPES))
