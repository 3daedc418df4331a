"""Kustomize's transformers: namespace, names, labels, annotations, images and replicas.

They change the fields that kustomize 5.8.1 lists in api/internal/konfig/builtinpluginconsts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from vpnlint.gitops.kustomize.field_path import read_field_path
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source import regex
from vpnlint.source.edit import map_values, put_value
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import BUILT_IN

_TEMPLATES = {kind.kind: kind.template for kind in BUILT_IN.values() if kind.template}
_NOT_PREFIXED = ("CustomResourceDefinition", "APIService", "Namespace")
_SUBJECTS = ("RoleBinding", "ClusterRoleBinding")
_JOB_TEMPLATE = ("spec", "jobTemplate")
# Selectors that get labels only if they exist; _add_to_selectors has those that are created.
_SPREAD = (
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector",
    "topologySpreadConstraints/labelSelector",
)
_SELECTORS = {
    "Deployment": [f"spec/template/spec/{path}" for path in _SPREAD],
    "StatefulSet": [f"spec/template/spec/{path}" for path in _SPREAD],
    "Job": ["spec/selector"],
    "CronJob": ["spec/jobTemplate/spec/selector"],
    "PodDisruptionBudget": ["spec/selector"],
    "NetworkPolicy": ["spec/podSelector", "spec/ingress/from/podSelector", "spec/egress/to/podSelector"],
}
# Where images are changed again after all lists of containers (api/filters/imagetag,
# builtinpluginconsts/images.go).
_IMAGES = [
    (*spec, *path)
    for spec in (("spec",), ("spec", "template", "spec"))
    for path in (("containers", "image"), ("initContainers", "image"), ("volumes", "image", "reference"))
]
# Matches the rest of an image after its name (api/filters/imagetag/updater.go, isImageMatched).
_TAG_AND_DIGEST = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"


def set_namespace(resources: Iterable[Resource], namespace: Node) -> None:
    """Set the namespace of every namespaced object, and the name of Namespace objects."""
    for resource in resources:
        if resource.kind == "Namespace":
            resource.rename(namespace)
        elif resource.namespaced:
            resource.rename(namespace, "namespace")
        if resource.kind in _SUBJECTS:
            resource.node = map_values(
                resource.node, ("subjects",), lambda item: _move_subject(item, namespace)
            )
        elif resource.kind == "APIService":
            resource.node = _move_service(resource.node, ("spec", "service"), namespace)
        elif resource.kind == "CustomResourceDefinition":
            path = ("spec", "conversion", "webhook", "clientConfig", "service")
            resource.node = _move_service(resource.node, path, namespace)


def _move_subject(subject: Node, namespace: Node) -> Node:
    return put_value(subject, ("namespace",), namespace) if subject.text_at("name") == "default" else subject


def _move_service(root: Node, path: Sequence[str], namespace: Node) -> Node:
    return put_value(root, (*path, "namespace"), namespace) if root.get(*path) is not None else root


def add_affixes(resources: Iterable[Resource], prefix: Node | None, suffix: Node | None) -> None:
    """Add a prefix and a suffix to all names, except where the name itself has a meaning."""
    for resource in resources:
        if resource.kind in _NOT_PREFIXED:
            continue
        if prefix is not None and prefix.text:
            resource.rename(Node.make(f"{prefix.text}{resource.name}", prefix))
            resource.prefixes.append(prefix.text)
        if suffix is not None and suffix.text:
            resource.rename(Node.make(f"{resource.name}{suffix.text}", suffix))
            resource.suffixes.append(suffix.text)


def add_labels(
    resources: Iterable[Resource],
    pairs: Node,
    *,
    selectors: bool,
    templates: bool,
    fields: Sequence[Node] = (),
) -> None:
    """Add labels to all objects and, if asked to, to their Pod templates and selectors.

    fields: further places.
    """
    for resource in resources:
        node = _add_pairs(resource.node, ("metadata", "labels"), pairs)
        if resource.kind in _TEMPLATES and (selectors or templates):
            node = _add_to_template(node, resource.kind, "labels", pairs)
            if resource.kind == "StatefulSet":
                claims = ("spec", "volumeClaimTemplates")
                node = map_values(node, claims, lambda item: _add_pairs(item, ("metadata", "labels"), pairs))
        if selectors:
            node = _add_to_selectors(node, resource.kind, pairs)
        for field in fields:
            if field.text_at("kind") in ("", resource.kind):
                path = read_field_path(field)
                create = field.get("create")
                if node.get(*path) is not None or (create is not None and create.value is True):
                    node = _add_pairs(node, path, pairs)
        resource.node = node


def _add_to_selectors(node: Node, kind: str, pairs: Node) -> Node:
    if kind in ("Service", "ReplicationController"):
        node = _add_pairs(node, ("spec", "selector"), pairs)
    elif kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
        node = _add_pairs(node, ("spec", "selector", "matchLabels"), pairs)
    for path in _SELECTORS.get(kind, ()):
        node = map_values(
            node,
            (*path.split("/"), "matchLabels"),
            lambda labels: Node.make({**labels.map, **pairs.map}, labels),
        )
    return node


def _add_to_template(node: Node, kind: str, key: str, pairs: Node) -> Node:
    if kind == "CronJob":
        node = _add_pairs(node, (*_JOB_TEMPLATE, "metadata", key), pairs)
    return _add_pairs(node, (*_TEMPLATES[kind], "metadata", key), pairs)


def add_annotations(resources: Iterable[Resource], pairs: Node) -> None:
    """Add annotations to all objects and their Pod templates."""
    for resource in resources:
        node = _add_pairs(resource.node, ("metadata", "annotations"), pairs)
        if resource.kind in _TEMPLATES:
            node = _add_to_template(node, resource.kind, "annotations", pairs)
        resource.node = node


def _add_pairs(root: Node, path: Sequence[str], pairs: Node) -> Node:
    known = root.get(*path)
    merged = {**(known.map if known is not None else {}), **pairs.map}
    return put_value(root, path, Node.make(merged, known if known is not None and known.map else pairs))


def set_images(resources: Iterable[Resource], images: Sequence[Node]) -> None:
    """Set the names, tags and digests of container images, wherever they are in an object.

    images: entries whose names were checked (selector.check_pattern).
    """
    for resource in resources:
        if resource.kind != "CustomResourceDefinition":
            for image in images:
                resource.node = _set_image(resource.node, image)


def _set_image(root: Node, wanted: Node) -> Node:
    def change(node: Node) -> Node:
        return _change_image(node, wanted)

    root = _map_images(root, change)
    for path in _IMAGES:
        root = map_values(root, path, change)
    return root


def _map_images(root: Node, change: Callable[[Node], Node]) -> Node:
    """Return the root with the image of each item of `containers` and `initContainers` changed."""
    if isinstance(root.value, list):
        return _rebuild_node(root, dict(enumerate(root.value)), lambda _, child: _map_images(child, change))

    def below(key: str | int, child: Node) -> Node:
        if key in ("containers", "initContainers") and isinstance(child.value, list):
            child = map_values(child, ("image",), change)
        return _map_images(child, change)

    return _rebuild_node(root, root.map, below) if root.map else root


def _rebuild_node(root: Node, children: Mapping[Any, Node], change: Callable[[Any, Node], Node]) -> Node:
    changed = {key: change(key, child) for key, child in children.items()}
    if all(changed[key] is child for key, child in children.items()):
        return root
    return Node.make([*changed.values()] if isinstance(root.value, list) else changed, root)


def _change_image(node: Node, wanted: Node) -> Node:
    if not regex.matches_pattern(wanted.text_at("name"), node.text, _TAG_AND_DIGEST):
        return node
    name, tag, digest = split_kustomize_image(node.text)
    name = wanted.text_at("newName") or name
    tag_node = wanted.get("newTag")
    new_tag = str(tag_node.value) if tag_node is not None and tag_node.value is not None else ""
    new_digest, suffix = wanted.text_at("digest"), wanted.text_at("tagSuffix")
    if new_tag or new_digest:
        tag, digest = new_tag, new_digest
    elif suffix:
        tag, digest = f"{tag}{suffix}", ""
    image = f"{name}{tag and ':'}{tag}{digest and '@'}{digest}"
    return node if image == node.text else Node.make(image, tag_node if tag_node is not None else wanted)


def split_kustomize_image(image: str) -> tuple[str, str, str]:
    """Return the name, tag and digest of an image; a colon before the first slash is a port's."""
    host, slash, path = image.partition("/")
    rest, _, digest = (path if slash else image).partition("@")
    name, _, tag = rest.partition(":")
    return f"{host}{slash}{name}" if slash else name, tag, digest


def set_replicas(resources: Iterable[Resource], replicas: Iterable[Node]) -> None:
    """Set the number of replicas of the controllers with these names."""
    for wanted in replicas:
        count = wanted.get("count")
        for resource in resources:
            named = wanted.text_at("name") in [name for _, name in resource.identities]
            if (
                count is not None
                and named
                and resource.kind in ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
            ):
                resource.node = put_value(resource.node, ("spec", "replicas"), count)
