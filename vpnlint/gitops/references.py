"""References by name that follow an object when kustomize renames it.

The places are those of kustomize 5.8.1 (api/internal/konfig/builtinpluginconsts/namereference.go), and those that a kustomization's
`configurations` add, such as a HelmRelease's valuesFrom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vpnlint.gitops.fields import each, put, text
from vpnlint.gitops.resource import Resource
from vpnlint.node import Node

_POD = (
    ("Pod", "spec"),
    ("Deployment", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
)
_CONTAINERS = ("containers", "initContainers")
_IN_POD = {
    "ConfigMap": (
        "volumes/configMap/name",
        "volumes/projected/sources/configMap/name",
        *(f"{kind}/env/valueFrom/configMapKeyRef/name" for kind in _CONTAINERS),
        *(f"{kind}/envFrom/configMapRef/name" for kind in _CONTAINERS),
    ),
    "Secret": (
        "volumes/secret/secretName",
        "volumes/projected/sources/secret/name",
        "imagePullSecrets/name",
        *(f"{kind}/env/valueFrom/secretKeyRef/name" for kind in _CONTAINERS),
        *(f"{kind}/envFrom/secretRef/name" for kind in _CONTAINERS),
    ),
    "PersistentVolumeClaim": ("volumes/persistentVolumeClaim/claimName",),
    "ServiceAccount": ("serviceAccountName",),
}
_ELSEWHERE = (
    ("Service", "Ingress", "spec/rules/http/paths/backend/service/name"),
    ("Service", "Ingress", "spec/defaultBackend/service/name"),
    ("Service", "StatefulSet", "spec/serviceName"),
    ("Secret", "Ingress", "spec/tls/secretName"),
    ("Secret", "ServiceAccount", "imagePullSecrets/name"),
    ("ServiceAccount", "RoleBinding", "subjects"),
    ("ServiceAccount", "ClusterRoleBinding", "subjects"),
    ("Role", "RoleBinding", "roleRef/name"),
    ("ClusterRole", "RoleBinding", "roleRef/name"),
    ("ClusterRole", "ClusterRoleBinding", "roleRef/name"),
    *(
        (kind, "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")
        for kind in ("Deployment", "StatefulSet", "ReplicaSet")
    ),
)


@dataclass(frozen=True)
class Reference:
    """Objects of one kind (source) are named at a path (`a/b`, lists on the way) of objects of another (referrer)."""

    source: str
    referrer: str
    path: str


BUILT_IN = tuple(
    [
        Reference(source, referrer, f"{spec}/{path}")
        for source, paths in _IN_POD.items()
        for path in paths
        for referrer, spec in _POD
    ]
    + [Reference(*row) for row in _ELSEWHERE]
)


def configured(configuration: Node) -> Iterator[Reference]:
    """Yield what the `nameReference` of a transformer configuration says."""
    for entry in _list(configuration, "nameReference"):
        for field in _list(entry, "fieldSpecs"):
            yield Reference(text(entry, "kind"), text(field, "kind"), text(field, "path"))


def follow(resources: Sequence[Resource], references: Iterable[Reference]) -> None:
    """Let every reference to an object that was renamed name it as it is called now."""
    renamed = [
        resource for resource in resources if any(name != resource.name for _, name in resource.before)
    ]
    accounts = [resource for resource in resources if resource.kind == "ServiceAccount"]
    if not renamed and not accounts:
        return
    kinds = {resource.kind for resource in renamed}
    wanted = [
        reference
        for reference in dict.fromkeys(references)
        if reference.source in kinds or (reference.source == "ServiceAccount" and accounts)
    ]
    for referrer in resources:
        for reference in wanted:
            if reference.referrer in ("", referrer.kind):
                sources = accounts if reference.source == "ServiceAccount" else renamed
                _follow(referrer, reference, [item for item in sources if item.kind == reference.source])


def _follow(referrer: Resource, reference: Reference, sources: Sequence[Resource]) -> None:
    def renamed(node: Node) -> Node:
        if node.map:
            return _subject(node, sources)
        source = _named(node.text, referrer.namespace, sources)
        return node if source is None or source.name == node.text else Node.made(source.name, node)

    path = reference.path.split("/")
    referrer.node = each(referrer.node, path, renamed)


def _subject(subject: Node, sources: Sequence[Resource]) -> Node:
    """Return the subject of a binding with the name and namespace that its ServiceAccount has now."""
    if text(subject, "kind") != "ServiceAccount":
        return subject
    source = _named(text(subject, "name"), text(subject, "namespace"), sources)
    if source is None:
        return subject
    place = subject.get("name") or subject
    subject = put(subject, ("name",), Node.made(source.name, place))
    return put(subject, ("namespace",), Node.made(source.namespace, place)) if source.namespace else subject


def _named(name: str, namespace: str, sources: Sequence[Resource]) -> Resource | None:
    """Return the object that was or is called so, one in the same namespace first."""
    found = [source for source in sources if any(known == name for _, known in source.identities)]
    near = [
        source
        for source in found
        if not namespace or any(own in ("", namespace) for own, known in source.identities if known == name)
    ]
    return near[0] if near else None


def _list(node: Node, key: str) -> list[Node]:
    found = node.get(key)
    return found.list if found is not None else []
