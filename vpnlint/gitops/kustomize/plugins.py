"""Kustomize's own plugins, whose configurations `generators` and `transformers` list.

Source: kustomize 5.8.1, plugin/builtin and api/filters. A plugin changes the fields of its own field specs;
the defaults that hold for a kustomization's fields do not hold for it. A plugin that a field of a
kustomization can express becomes a kustomization with that field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vpnlint.gitops.kustomize.field_path import read_field_path
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.edit import map_values, put_value
from vpnlint.source.node import Node

_GENERATORS = {"ConfigMapGenerator": "configMapGenerator", "SecretGenerator": "secretGenerator"}
_CHARTS = "HelmChartInflationGenerator"


def read_generator(config: Node, options: Node | None) -> Node | None:
    """Return the kustomization that stands for a generator plugin; None for other plugins.

    options: the `generatorOptions` of the kustomization that lists the plugin.
    """
    kind = config.text_at("kind")
    metadata = config.get("metadata")
    if kind == _CHARTS:
        return _make_kustomization(config, helmCharts=[config])
    if kind not in _GENERATORS or metadata is None:
        return None
    named = {str(key): node for key, node in metadata.map.items() if key in ("name", "namespace")}
    kustomization = _make_kustomization(
        config, **{_GENERATORS[kind]: [Node.make({**config.map, **named}, config)]}
    )
    return kustomization if options is None else put_value(kustomization, ("generatorOptions",), options)


def read_transformer(config: Node) -> Node | None:
    """Return the kustomization that stands for a transformer plugin; None for other plugins."""
    kind = config.text_at("kind")
    if kind == "PatchTransformer":
        return _make_kustomization(config, patches=[config])
    if kind == "PatchStrategicMergeTransformer":
        text = config.get("patches")
        patches = [*config.items("paths"), *([text] if text is not None and text.text else [])]
        return _make_kustomization(config, patchesStrategicMerge=patches)
    if kind == "PatchJson6902Transformer":
        text = config.get("jsonOp")
        entry = config if text is None else put_value(config, ("patch",), text)
        return _make_kustomization(config, patchesJson6902=[entry])
    if kind == "ImageTagTransformer":
        image = config.get("imageTag")
        return _make_kustomization(config, images=[image] if image is not None else [])
    if kind == "ReplacementTransformer":
        return _make_kustomization(config, replacements=config.items("replacements"))
    return None


def _make_kustomization(origin: Node, **fields: Sequence[Node]) -> Node:
    return Node.make({key: Node.make([*items], origin) for key, items in fields.items()}, origin)


def apply_field_specs(config: Node, resources: Sequence[Resource]) -> bool:
    """Change the fields that a plugin's field specs name; return whether the plugin has field specs."""
    change = _CHANGES.get(config.text_at("kind"))
    if change is not None:
        change(config, resources)
    return change is not None


def _set_namespace(config: Node, resources: Sequence[Resource]) -> None:
    """Set the namespace of the plugin's own metadata (api/filters/namespace/namespace.go)."""
    namespace = config.get("metadata", "namespace")
    if namespace is None or not namespace.text:
        return
    keeps = config.is_true("unsetOnly")
    for resource in resources:
        if resource.namespaced and not (keeps and resource.namespace):
            resource.rename(namespace, "namespace")
        for path, creates in _list_paths(config, resource):
            if path == ("metadata", "name") and resource.kind == "Namespace":
                resource.rename(namespace)
            elif path[0] != "metadata":
                _put_value(
                    resource, path, creates, lambda old: old if keeps and old.text else namespace, namespace
                )


def _add_affix(config: Node, resources: Sequence[Resource]) -> None:
    prefix, suffix = config.text_at("prefix"), config.text_at("suffix")
    for resource in resources:
        if ("metadata", "name") not in [path for path, _ in _list_paths(config, resource)]:
            continue
        resource.rename(Node.make(f"{prefix}{resource.name}{suffix}", config))
        resource.prefixes += [prefix] if prefix else []
        resource.suffixes += [suffix] if suffix else []


def _add_pairs(config: Node, resources: Sequence[Resource]) -> None:
    pairs = config.get("labels") or config.get("annotations")
    if pairs is None:
        return
    for resource in resources:
        for path, creates in _list_paths(config, resource):
            _put_value(resource, path, creates, lambda old: Node.make({**old.map, **pairs.map}, old), pairs)


def _set_replicas(config: Node, resources: Sequence[Resource]) -> None:
    count, name = config.get("replica", "count"), config.text_at("replica", "name")
    for resource in resources:
        if count is not None and name in [known for _, known in resource.identities]:
            for path, creates in _list_paths(config, resource):
                _put_value(resource, path, creates, lambda _: count, count)


_CHANGES: dict[str, Callable[[Node, Sequence[Resource]], None]] = {
    "NamespaceTransformer": _set_namespace,
    "PrefixTransformer": _add_affix,
    "SuffixTransformer": _add_affix,
    "LabelTransformer": _add_pairs,
    "AnnotationsTransformer": _add_pairs,
    "ReplicaCountTransformer": _set_replicas,
}


def _list_paths(config: Node, resource: Resource) -> list[tuple[tuple[str, ...], bool]]:
    """Return the paths of the field specs that hold for an object, each with whether it is created."""
    paths = []
    for spec in config.items("fieldSpecs"):
        asked = [(spec.text_at(key), getattr(resource, key)) for key in ("kind", "group", "version")]
        if all(not wanted or wanted == own for wanted, own in asked) and spec.text_at("path"):
            paths.append((read_field_path(spec), spec.is_true("create")))
    return paths


def _put_value(
    resource: Resource, path: tuple[str, ...], creates: bool, change: Callable[[Node], Node], value: Node
) -> None:
    if creates and resource.node.get(*path) is None and not any(part.endswith("[]") for part in path):
        resource.node = put_value(resource.node, path, value)
    else:
        resource.node = map_values(resource.node, path, change)
