"""Gives a workload's containers the variables that the kubelet would give them.

Only workloads to judge are expanded; `vpnlint render` prints what Kubernetes receives. Source: Kubernetes
v1.36 pkg/kubelet/kubelet_pods.go makeEnvironmentVariables (later entries of envFrom win over earlier ones and
env wins over envFrom; only a literal `value` is expanded, with the variables before it; a missing optional
key sets nothing) and third_party/forked/golang/expansion/expand.go (`$$` stands for `$`; a reference to an
unknown name is kept).
"""

from __future__ import annotations

import re

from vpnlint.gitops.objects import Objects
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.surroundings.secret_keys import find_secret_keys, find_template_values
from vpnlint.workloads.workload import Workload

_REFERENCE = defer_pattern(r"\$(?:(\$)|\(([^()]*)\))")
# A variable may hold others, and those others.
_MAX_TEXT = 100_000
_LISTS = ("initContainers", "containers")


def expand_environment(workload: Workload, objects: Objects) -> Workload:
    """Return the workload with the values of ConfigMaps among the objects in its containers' `env`.

    Each value points at the line where it is written. A Secret whose keys are known becomes one variable for
    each key, without values. Any other source stays in envFrom. Raises InputError if the values are too long.
    """
    template = workload.template
    if workload.object is None or template is None or workload.problem is not None:
        return workload
    objects = objects.with_more(workload.beside) if workload.beside else objects
    changed: dict[int, Node] = {}
    for container in workload.containers:
        expanded = _expand_container(container, workload.namespace, objects)
        if expanded is not container:
            changed[id(container)] = expanded
    if not changed:
        return workload
    return workload._replace(object=_rebuild_node(workload.object, changed))


def _rebuild_node(node: Node, changed: dict[int, Node]) -> Node:
    """Return the node with the changed containers in it; a node without any is returned itself."""
    if id(node) in changed:
        return changed[id(node)]
    if node.map:
        items = {key: _rebuild_node(child, changed) for key, child in node.map.items()}
        return Node.make(dict(items), node) if any(items[key] is not node.map[key] for key in items) else node
    if node.list:
        children = [_rebuild_node(child, changed) for child in node.list]
        same = all(child is own for child, own in zip(children, node.list, strict=True))
        return node if same else Node.make(children, node)
    return node


def _expand_container(container: Node, namespace: str, objects: Objects) -> Node:
    sources, own = container.get("envFrom"), container.get("env")
    if not (container.items("envFrom") or container.items("env")):
        return container
    env: dict[str, Node] = {}
    hidden = []
    for source in container.items("envFrom"):
        variables = _read_source(source, namespace, objects)
        if variables is None:
            hidden.append(source)
        else:
            env.update(variables)
    values = {name: value for name, node in env.items() if (value := node.get("value")) is not None}
    texts: dict[str, str | None] = {
        name: values[name].scalar_text if name in values else None for name in env
    }
    written = 0
    for variable in container.items("env"):
        name = variable.map["name"].text
        resolved = _resolve_variable(variable, namespace, objects, texts)
        if resolved is None:
            continue
        value = resolved.get("value")
        written = _add_length(written, value, variable)
        texts[name] = value.scalar_text if value is not None else None
        env.pop(name, None)
        env[name] = resolved
    fields = {key: child for key, child in container.map.items() if key not in ("env", "envFrom")}
    if env:
        fields["env"] = Node.make(list(env.values()), own if own is not None else sources or container)
    if hidden and sources is not None:
        fields["envFrom"] = Node.make(hidden, sources)
    for key in ("command", "args"):
        if key in fields:
            words = []
            for item in fields[key].list:
                words.append(_expand_references(item, texts))
                written = _add_length(written, words[-1], item)
            fields[key] = Node.make([*words], fields[key])
    return Node.make(fields, container)


def _add_length(written: int, value: Node | None, place: Node) -> int:
    """Return how much was written with a value more. Raises InputError at its place if it is too much."""
    written += len(value.text) if value is not None else 0
    if written > _MAX_TEXT:
        raise place.error(f"variables make more than {_MAX_TEXT:,} characters, so this is not judged")
    return written


def _read_source(source: Node, namespace: str, objects: Objects) -> dict[str, Node] | None:
    """Return the variables of one envFrom entry, or None if they are unknown."""
    prefix = source.text_at("prefix")
    reference = source.get("configMapRef")
    if reference is not None:
        config = _find_config_map(reference, namespace, objects)
        if config is None:
            return {} if reference.is_true("optional") else None
        return {
            prefix + key: _make_variable(prefix + key, value) for key, value in config.fields("data").items()
        }
    reference = source.get("secretRef")
    name = reference.get("name") if reference is not None else None
    keys = find_secret_keys(objects, namespace, name.text) if name is not None else None
    if keys is None or reference is None or name is None:
        return None
    known = find_template_values(objects, namespace, name.text)
    return {
        prefix + key: _make_variable(prefix + key, known[key])
        if key in known
        else _from_secret(prefix + key, key, name, reference)
        for key in sorted(keys)
    }


def _make_variable(name: str, value: Node) -> Node:
    """Return the variable of this name and value, at the value's place."""
    return Node.make({"name": Node.make(name, value), "value": _make_string(value)}, value)


def _from_secret(variable: str, key: str, name: Node, origin: Node) -> Node:
    chosen = Node.make({"name": name, "key": Node.make(key, origin)}, origin)
    value_from = Node.make({"secretKeyRef": chosen}, origin)
    return Node.make({"name": Node.make(variable, origin), "valueFrom": value_from}, origin)


def _resolve_variable(
    variable: Node, namespace: str, objects: Objects, known: dict[str, str | None]
) -> Node | None:
    """Return the resolved entry of env, or None if it sets nothing."""
    value = variable.get("value")
    if value is not None and value.value is not None:
        expanded = _expand_references(value, known)
        return variable if expanded is value else Node.make({**variable.map, "value": expanded}, variable)
    reference = variable.get("valueFrom", "secretKeyRef")
    if reference is not None:
        values = find_template_values(objects, namespace, reference.scalar_at("name"))
        text = values.get(reference.scalar_at("key"))
        if text is None:
            return variable
        return Node.make({"name": variable.map["name"], "value": _make_string(text)}, text)
    reference = variable.get("valueFrom", "configMapKeyRef")
    config = _find_config_map(reference, namespace, objects) if reference is not None else None
    if reference is None:
        return variable
    text = config.get("data", reference.text_at("key")) if config is not None else None
    if text is None:
        # An optional ConfigMap that the repository lacks is taken for absent.
        return None if reference.is_true("optional") else variable
    return Node.make({"name": variable.map["name"], "value": _make_string(text)}, text)


def _find_config_map(reference: Node, namespace: str, objects: Objects) -> Node | None:
    name = reference.text_at("name")
    return objects.find("ConfigMap", namespace, name) if name else None


def _expand_references(node: Node, known: dict[str, str | None]) -> Node:
    text = node.text
    if "$" not in text:
        return node

    def replace_reference(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        value = known.get(match[2])
        return match[0] if value is None else value

    expanded = _REFERENCE.sub(replace_reference, text)
    return node if expanded == text else Node.make(expanded, node)


def _make_string(node: Node) -> Node:
    """Return a ConfigMap's value as the string that the API server stores."""
    return node if isinstance(node.value, str) else Node.make(node.scalar_text, node)
