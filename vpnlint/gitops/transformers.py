"""Kustomize's transformers: namespace, names, labels, annotations, images and replicas.

Which fields they change is what kustomize 5.8.1 lists in api/internal/konfig/builtinpluginconsts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from vpnlint.gitops.fields import each, put, text
from vpnlint.gitops.resource import Resource
from vpnlint.node import Node

_TEMPLATES = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_NOT_PREFIXED = ("CustomResourceDefinition", "APIService", "Namespace")
_SUBJECTS = ("RoleBinding", "ClusterRoleBinding")
_WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_IMAGE = re.compile(r"(?P<name>.+?)(?P<tag>:[\w][\w.-]*)?(?P<digest>@sha256:[0-9a-fA-F]+)?")
_POD_ANNOTATIONS = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
)


def set_namespace(resources: Iterable[Resource], namespace: Node) -> None:
    """Put every namespaced object into a namespace, and give Namespace objects its name."""
    for resource in resources:
        if resource.kind == "Namespace":
            resource.rename(namespace)
        elif resource.namespaced:
            resource.rename(namespace, "namespace")
        if resource.kind in _SUBJECTS:
            resource.node = each(resource.node, ("subjects",), lambda item: _subject(item, namespace))
        elif resource.kind == "APIService":
            resource.node = _service(resource.node, ("spec", "service"), namespace)
        elif resource.kind in _WEBHOOKS:
            webhook = ("webhooks", "clientConfig", "service", "namespace")
            resource.node = each(resource.node, webhook, lambda item: namespace)
        elif resource.kind == "CustomResourceDefinition":
            path = ("spec", "conversion", "webhook", "clientConfig", "service")
            resource.node = _service(resource.node, path, namespace)


def _subject(subject: Node, namespace: Node) -> Node:
    default = text(subject, "kind") == "ServiceAccount" and text(subject, "name") == "default"
    return put(subject, ("namespace",), namespace) if default else subject


def _service(root: Node, path: Sequence[str], namespace: Node) -> Node:
    return put(root, (*path, "namespace"), namespace) if root.get(*path) is not None else root


def add_affixes(resources: Iterable[Resource], prefix: Node | None, suffix: Node | None) -> None:
    """Put a prefix before, and a suffix after, the names of all objects but those whose names mean something."""
    before, after = (node.text if node is not None else "" for node in (prefix, suffix))
    origin = prefix if prefix is not None else suffix
    for resource in resources:
        if origin is not None and before + after and resource.kind not in _NOT_PREFIXED:
            resource.rename(Node.made(f"{before}{resource.name}{after}", origin))


def add_labels(
    resources: Iterable[Resource],
    pairs: Node,
    *,
    selectors: bool,
    templates: bool,
    fields: Sequence[Node] = (),
) -> None:
    """Add labels to all objects, and where asked to their Pod templates and selectors; fields name further places."""
    for resource in resources:
        node = _with(resource.node, ("metadata", "labels"), pairs)
        template = _TEMPLATES.get(resource.kind)
        if template is not None and (selectors or templates):
            node = _with(node, (*template, "metadata", "labels"), pairs)
            if resource.kind == "StatefulSet":
                claims = ("spec", "volumeClaimTemplates")
                node = each(node, claims, lambda item: _with(item, ("metadata", "labels"), pairs))
        if selectors:
            node = _with_selectors(node, resource.kind, pairs)
        for field in fields:
            if text(field, "kind") in ("", resource.kind):
                path = tuple(text(field, "path").split("/"))
                create = field.get("create")
                if node.get(*path) is not None or (create is not None and create.value is True):
                    node = _with(node, path, pairs)
        resource.node = node


def _with_selectors(node: Node, kind: str, pairs: Node) -> Node:
    if kind in ("Service", "ReplicationController"):
        return _with(node, ("spec", "selector"), pairs)
    if kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
        return _with(node, ("spec", "selector", "matchLabels"), pairs)
    if kind == "PodDisruptionBudget" and node.get("spec", "selector", "matchLabels") is not None:
        return _with(node, ("spec", "selector", "matchLabels"), pairs)
    if kind == "NetworkPolicy" and node.get("spec", "podSelector", "matchLabels") is not None:
        return _with(node, ("spec", "podSelector", "matchLabels"), pairs)
    return node


def add_annotations(resources: Iterable[Resource], pairs: Node) -> None:
    """Add annotations to all objects and to the Pod templates in them."""
    for resource in resources:
        node = _with(resource.node, ("metadata", "annotations"), pairs)
        if resource.kind in _POD_ANNOTATIONS:
            node = _with(node, (*_TEMPLATES[resource.kind], "metadata", "annotations"), pairs)
        resource.node = node


def _with(root: Node, path: Sequence[str], pairs: Node) -> Node:
    known = root.get(*path)
    merged = {**(known.map if known is not None else {}), **pairs.map}
    return put(root, path, Node.made(merged, known if known is not None and known.map else pairs))


def set_images(resources: Iterable[Resource], images: Iterable[Node]) -> None:
    """Give the containers of Pods, wherever in an object they stand, the names, tags and digests asked for."""
    for resource in resources:
        for image in images:
            resource.node = _images(resource.node, lambda node, image=image: _image(node, image))  # type: ignore[misc]


def _images(root: Node, change: Callable[[Node], Node]) -> Node:
    """Return the root with the `image` of each item of `containers` and `initContainers` lists changed."""
    if isinstance(root.value, list):
        return _rebuilt(root, dict(enumerate(root.value)), lambda _, child: _images(child, change))

    def below(key: str | int, child: Node) -> Node:
        if key in ("containers", "initContainers") and isinstance(child.value, list):
            child = each(child, ("image",), change)
        return _images(child, change)

    return _rebuilt(root, root.map, below) if root.map else root


def _rebuilt(root: Node, children: Mapping[Any, Node], change: Callable[[Any, Node], Node]) -> Node:
    made = {key: change(key, child) for key, child in children.items()}
    if all(made[key] is child for key, child in children.items()):
        return root
    return Node.made([*made.values()] if isinstance(root.value, list) else made, root)


def _image(node: Node, wanted: Node) -> Node:
    match = _IMAGE.fullmatch(node.text)
    if match is None or match["name"] != text(wanted, "name"):
        return node
    name, tag, digest = match["name"], match["tag"] or "", match["digest"] or ""
    name = text(wanted, "newName") or name
    found = wanted.get("newTag")
    if found is not None and found.value not in (None, ""):
        tag, digest = f":{found.value}", ""
    if suffix := text(wanted, "tagSuffix"):
        tag = f"{tag}{suffix}"
    if new := text(wanted, "digest"):
        tag, digest = "" if found is None or not found.value else tag, f"@{new}"
    return Node.made(f"{name}{tag}{digest}", found if found is not None else wanted)


def set_replicas(resources: Iterable[Resource], replicas: Iterable[Node]) -> None:
    """Set how many Pods the controllers of these names have."""
    for wanted in replicas:
        count = wanted.get("count")
        for resource in resources:
            named = text(wanted, "name") in [name for _, name in resource.identities]
            if (
                count is not None
                and named
                and resource.kind in ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
            ):
                resource.node = put(resource.node, ("spec", "replicas"), count)
