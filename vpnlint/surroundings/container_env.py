"""A workload → the workload whose containers hold the variables that the kubelet would give them.

Only what is judged is expanded so; what `vpnlint render` prints stays as Kubernetes gets it. Source:
Kubernetes v1.36 pkg/kubelet/kubelet_pods.go makeEnvironmentVariables (envFrom in its order, the later wins;
env wins over envFrom; only a written `value` is expanded, by what stands before it; an optional key that is
missing sets nothing) and third_party/forked/golang/expansion/expand.go (`$$` stands for `$`, a name that is
not known stays as it is written).
"""

from __future__ import annotations

import re
from dataclasses import replace

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.secret_keys import find_secret_keys
from vpnlint.workloads.workload import Workload

_REFERENCE = re.compile(r"\$(?:(\$)|\(([^()]*)\))")
_LISTS = ("initContainers", "containers")


def expand_environment(workload: Workload, objects: Objects) -> Workload:
    """Return the workload to judge, with what ConfigMaps among the objects hold in its `env`.

    Each value stands at the line that it is written at.

    Of a Secret whose keys are known each key becomes a variable from that key. What is not known stays in
    envFrom.
    """
    template = workload.template
    if workload.object is None or template is None or workload.problem is not None:
        return workload
    objects = objects.with_more(workload.beside) if workload.beside else objects
    changed: dict[int, Node] = {}
    for container in workload.containers:
        made = _container(container, workload.namespace, objects)
        if made is not container:
            changed[id(container)] = made
    if not changed:
        return workload
    return replace(workload, object=_rebuilt(workload.object, changed))


def _rebuilt(node: Node, changed: dict[int, Node]) -> Node:
    """Return the node with the changed containers in it; what holds none of them stays the same Node."""
    if id(node) in changed:
        return changed[id(node)]
    if node.map:
        items = {key: _rebuilt(child, changed) for key, child in node.map.items()}
        return Node.make(dict(items), node) if any(items[key] is not node.map[key] for key in items) else node
    if node.list:
        children = [_rebuilt(child, changed) for child in node.list]
        same = all(child is own for child, own in zip(children, node.list, strict=True))
        return node if same else Node.make(children, node)
    return node


def _container(container: Node, namespace: str, objects: Objects) -> Node:
    sources, own = container.get("envFrom"), container.get("env")
    if not (container.items("envFrom") or container.items("env")):
        return container
    env: dict[str, Node] = {}
    hidden = []
    for source in container.items("envFrom"):
        found = _source(source, namespace, objects)
        if found is None:
            hidden.append(source)
        else:
            env.update(found)
    values = {name: value for name, node in env.items() if (value := node.get("value")) is not None}
    texts: dict[str, str | None] = {
        name: values[name].scalar_text if name in values else None for name in env
    }
    for variable in container.items("env"):
        name = variable.map["name"].text
        made = _variable(variable, namespace, objects, texts)
        if made is None:
            continue
        value = made.get("value")
        texts[name] = value.scalar_text if value is not None else None
        env.pop(name, None)
        env[name] = made
    fields = {key: child for key, child in container.map.items() if key not in ("env", "envFrom")}
    if env:
        fields["env"] = Node.make(list(env.values()), own if own is not None else sources or container)
    if hidden and sources is not None:
        fields["envFrom"] = Node.make(hidden, sources)
    for key in ("command", "args"):
        if key in fields:
            fields[key] = Node.make([_expanded(item, texts) for item in fields[key].list], fields[key])
    return Node.make(fields, container)


def _source(source: Node, namespace: str, objects: Objects) -> dict[str, Node] | None:
    """Return the variables of one envFrom, or None where they are not known."""
    prefix = source.text_at("prefix")
    reference = source.get("configMapRef")
    if reference is not None:
        config = _find_config_map(reference, namespace, objects)
        if config is None:
            return None
        return {
            prefix + key: Node.make({"name": Node.make(prefix + key, value), "value": _string(value)}, value)
            for key, value in config.fields("data").items()
        }
    reference = source.get("secretRef")
    name = reference.get("name") if reference is not None else None
    keys = find_secret_keys(objects, namespace, name.text) if name is not None else None
    if keys is None or reference is None or name is None:
        return None
    return {prefix + key: _from_secret(prefix + key, key, name, reference) for key in sorted(keys)}


def _from_secret(variable: str, key: str, name: Node, origin: Node) -> Node:
    chosen = Node.make({"name": name, "key": Node.make(key, origin)}, origin)
    value_from = Node.make({"secretKeyRef": chosen}, origin)
    return Node.make({"name": Node.make(variable, origin), "valueFrom": value_from}, origin)


def _variable(variable: Node, namespace: str, objects: Objects, known: dict[str, str | None]) -> Node | None:
    """Return an entry of env as it will be, or None where it sets nothing."""
    value = variable.get("value")
    if value is not None and value.value is not None:
        expanded = _expanded(value, known)
        return variable if expanded is value else Node.make({**variable.map, "value": expanded}, variable)
    reference = variable.get("valueFrom", "configMapKeyRef")
    config = _find_config_map(reference, namespace, objects) if reference is not None else None
    if reference is None or config is None:
        return variable
    found = config.get("data", reference.text_at("key"))
    if found is None:
        return None if reference.is_true("optional") else variable
    return Node.make({"name": variable.map["name"], "value": _string(found)}, found)


def _find_config_map(reference: Node, namespace: str, objects: Objects) -> Node | None:
    name = reference.text_at("name")
    return objects.find("ConfigMap", namespace, name) if name else None


def _expanded(node: Node, known: dict[str, str | None]) -> Node:
    text = node.text
    if "$" not in text:
        return node

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        found = known.get(match[2])
        return match[0] if found is None else found

    expanded = _REFERENCE.sub(value, text)
    return node if expanded == text else Node.make(expanded, node)


def _string(node: Node) -> Node:
    """Return a ConfigMap's value as the string that the API holds."""
    return node if isinstance(node.value, str) else Node.make(node.scalar_text, node)
