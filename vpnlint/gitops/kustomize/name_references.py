"""References by name, which kustomize updates when it renames an object.

Their places are those of kustomize 5.8.1 (api/internal/konfig/builtinpluginconsts/namereference.go, without
annotations), and those that a kustomization's `configurations` add, such as a HelmRelease's valuesFrom.
api/filters/nameref chooses among objects of one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vpnlint.gitops.kustomize.field_path import read_field_path
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.edit import map_values, put_value
from vpnlint.source.node import Node

_DEFAULT = "default"
_TEMPLATE = "spec/template/spec"
_WORKLOADS = (
    ("Pod", "spec"),
    ("Deployment", _TEMPLATE),
    ("StatefulSet", _TEMPLATE),
    ("DaemonSet", _TEMPLATE),
    ("Job", _TEMPLATE),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
)
# Kustomize has one list for ConfigMaps and Secrets and another for other kinds.
_FOR_DATA = (*_WORKLOADS, ("ReplicaSet", _TEMPLATE), ("PodTemplate", "template/spec"))
_FOR_OTHERS = (*_WORKLOADS, ("ReplicationController", _TEMPLATE))
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
}
_OF_POD = {
    "PersistentVolumeClaim": ("volumes/persistentVolumeClaim/claimName",),
    "ServiceAccount": ("serviceAccountName",),
    "PriorityClass": ("priorityClassName",),
}
_SUBJECTS, _SERVICE = "subjects", "webhooks/clientConfig/service"
# References that hold a namespace as well as a name.
_WITH_NAMESPACE = (_SUBJECTS, _SERVICE)
_ELSEWHERE = (
    *(
        (kind, role, "rules/resourceNames")
        for kind in ("ConfigMap", "Secret")
        for role in ("Role", "ClusterRole")
    ),
    ("Service", "Ingress", "spec/rules/http/paths/backend/service/name"),
    ("Service", "Ingress", "spec/rules/http/paths/backend/serviceName"),
    ("Service", "Ingress", "spec/defaultBackend/service/name"),
    ("Service", "Ingress", "spec/backend/serviceName"),
    ("Service", "StatefulSet", "spec/serviceName"),
    ("Service", "APIService", "spec/service/name"),
    ("Service", "ValidatingWebhookConfiguration", _SERVICE),
    ("Service", "MutatingWebhookConfiguration", _SERVICE),
    ("Secret", "Ingress", "spec/tls/secretName"),
    ("Secret", "ServiceAccount", "imagePullSecrets/name"),
    ("ServiceAccount", "RoleBinding", _SUBJECTS),
    ("ServiceAccount", "ClusterRoleBinding", _SUBJECTS),
    ("Role", "RoleBinding", "roleRef/name"),
    ("ClusterRole", "RoleBinding", "roleRef/name"),
    ("ClusterRole", "ClusterRoleBinding", "roleRef/name"),
    ("PersistentVolume", "PersistentVolumeClaim", "spec/volumeName"),
    ("StorageClass", "PersistentVolume", "spec/storageClassName"),
    ("StorageClass", "PersistentVolumeClaim", "spec/storageClassName"),
    ("StorageClass", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    *(
        (kind, "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")
        for kind in ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
    ),
)


class NameReference(NamedTuple):
    """A path at which objects of the kind `referrer` name one of the kind `source`.

    The path is `a/b`; lists on the way stand for each of their items.
    """

    source: str
    referrer: str
    path: str


BUILT_IN = tuple(
    [
        NameReference(source, referrer, f"{spec}/{path}")
        for places, referrers in ((_IN_POD, _FOR_DATA), (_OF_POD, _FOR_OTHERS))
        for source, paths in places.items()
        for path in paths
        for referrer, spec in referrers
    ]
    + [NameReference(*row) for row in _ELSEWHERE]
)


def read_name_references(configuration: Node) -> Iterator[NameReference]:
    """Yield the references that `nameReference` of a transformer configuration adds."""
    for entry in configuration.items("nameReference"):
        for field in entry.items("fieldSpecs"):
            path = "/".join(read_field_path(field))
            yield NameReference(entry.text_at("kind"), field.text_at("kind"), path)


def update_name_references(resources: Sequence[Resource], references: Iterable[NameReference]) -> None:
    """Update every reference to a rename object with its new name."""
    moved = [resource for resource in resources if resource.before]
    kinds = {resource.kind for resource in moved}
    rename = {item.kind for item in moved if any(name != item.name for _, name in item.before)}
    wanted = [
        reference
        for reference in dict.fromkeys(references)
        if reference.source in rename or (reference.source in kinds and reference.path in _WITH_NAMESPACE)
    ]
    for referrer in resources:
        for reference in wanted:
            if reference.referrer in ("", referrer.kind):
                _update_referrer(
                    referrer, reference, [item for item in moved if item.kind == reference.source]
                )


def _update_referrer(referrer: Resource, reference: NameReference, sources: Sequence[Resource]) -> None:
    if reference.path == "roleRef/name" and referrer.node.text_at("roleRef", "kind") != reference.source:
        return

    def rename(node: Node) -> Node:
        if node.map:
            return _rename_with_namespace(node, referrer, sources)
        source = _find_meant(node.text, referrer, sources)
        return node if source is None or source.name == node.text else Node.make(source.name, node)

    referrer.node = map_values(referrer.node, reference.path.split("/"), rename)


def _rename_with_namespace(named: Node, referrer: Resource, sources: Sequence[Resource]) -> Node:
    """Return a reference, such as a binding's subject, with the object's current name and namespace."""
    namespace = named.text_at("namespace")
    first = [source for source in sources if (source.identities[0][0] or _DEFAULT) == namespace]
    near = first or [source for source in sources if (source.namespace or _DEFAULT) == namespace]
    source = _find_meant(named.text_at("name"), referrer, near if namespace else sources)
    if source is None:
        return named
    place = named.get("name") or named
    named = put_value(named, ("name",), Node.make(source.name, place))
    return put_value(named, ("namespace",), Node.make(source.namespace, place)) if source.namespace else named


def _find_meant(name: str, referrer: Resource, sources: Sequence[Resource]) -> Resource | None:
    """Return the object that had a name: the only one in reach, else the one with the same affixes."""
    candidates = [
        source
        for source in sources
        if any(known == name for _, known in source.before) and _is_within_reach(source, referrer)
    ]
    if len(candidates) > 1:
        candidates = [source for source in candidates if _shares_affixes(source, referrer, some=True)]
    if len(candidates) > 1:
        candidates = [source for source in candidates if _shares_affixes(source, referrer, some=False)]
    return candidates[0] if len({source.name for source in candidates}) == 1 else None


def _is_within_reach(source: Resource, referrer: Resource) -> bool:
    if not referrer.namespaced or not source.namespaced or source.kind == "ServiceAccount":
        return True
    return (source.namespace or _DEFAULT) == (referrer.namespace or _DEFAULT)


def _shares_affixes(one: Resource, other: Resource, *, some: bool) -> bool:
    """Tell whether the last prefixes and suffixes of two objects are equal; some: one may have none."""
    for mine, yours in ((one.prefixes, other.prefixes), (one.suffixes, other.suffixes)):
        shared = min(len(mine), len(yours))
        if not shared and (some or len(mine) == len(yours)):
            continue
        if not shared or mine[-shared:] != yours[-shared:]:
            return False
    return True
