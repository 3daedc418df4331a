"""configMapGenerator and secretGenerator: files and literals → objects with hashed names.

The hash is kustomize's own (5.8.1, api/hasher/hasher.go): of the content as JSON, with a name that is always
empty (kustomize looks for a key "metadata/name"); 10 characters without vowels and look-alikes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from vpnlint.gitops.kustomize.join import join_resources
from vpnlint.gitops.kustomize.kustomization import Kustomization
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.document import TextNode
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

_Read: TypeAlias = Callable[[str, Node], TextNode | None]
_LINE = 70
_LOOK_ALIKES = str.maketrans({"0": "g", "1": "h", "3": "k", "a": "m", "e": "t"})
_GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def generate_objects(kustomization: Kustomization, resources: list[Resource]) -> list[Resource]:
    """Return resources with the ConfigMaps and Secrets that a kustomization generates."""
    options = kustomization.root.get("generatorOptions")
    for kind, key in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
        for entry in kustomization.list_entries(key):
            generated = _generate_object(kind, entry, options, kustomization.read_content)
            data = generated.node.get("data") or generated.node
            generated.via |= {entry.file} | {node.file for node in data.map.values()}
            behavior = entry.text_at("behavior")
            if behavior in ("merge", "replace"):
                _merge_generated(generated, behavior, resources)
            else:
                resources = join_resources(resources, [generated], kustomization.problems)
    return resources


def _generate_object(kind: str, entry: Node, options: Node | None, read: _Read) -> Resource:
    """Return the ConfigMap or Secret of one generator entry.

    options: the kustomization's generatorOptions. read: returns the content of a file that the entry names;
    None if it does not exist, so that the key is left out.
    """
    data: dict[str, Node] = {}
    for key, value in _read_data(entry, read):
        data[key] = _encode_value(value) if kind == "Secret" else value
    metadata = {"name": entry.get("name") or Node.make("", entry)}
    if (namespace := entry.get("namespace")) is not None:
        metadata["namespace"] = namespace
    fields = {
        "apiVersion": Node.make("v1", entry),
        "kind": Node.make(kind, entry),
        "metadata": Node.make({**metadata}, entry),
    }
    if data or kind == "Secret":
        fields["data"] = Node.make({**data}, entry)
    if kind == "Secret":
        fields["type"] = entry.get("type") or Node.make("Opaque", entry)
    node = Node.make({**fields}, entry)
    own = entry.get("options")
    hashed = True
    for source in (options, own):
        if source is None:
            continue
        for key in ("labels", "annotations"):
            pairs = source.get(key)
            if pairs is not None and pairs.map:
                known = node.get("metadata", key)
                node = put_value(
                    node, ("metadata", key), Node.make({**(known.map if known else {}), **pairs.map}, pairs)
                )
        if (immutable := source.get("immutable")) is not None and immutable.value is True:
            node = put_value(node, ("immutable",), immutable)
        if (disabled := source.get("disableNameSuffixHash")) is not None:
            hashed = hashed and disabled.value is not True
    return Resource(node, hashed=hashed)


def _merge_generated(generated: Resource, behavior: str, resources: Sequence[Resource]) -> None:
    """Merge a generated object into its namesake among the resources.

    With the behavior `replace`, it replaces the namesake's data.
    """
    for resource in resources:
        if resource.kind == generated.kind and generated.name in [name for _, name in resource.identities]:
            for key in ("data", "binaryData"):
                old, new = resource.node.get(key), generated.node.get(key)
                base = old.map if old is not None and behavior == "merge" else {}
                if new is not None:
                    resource.node = put_value(resource.node, (key,), Node.make({**base, **new.map}, new))
            for key in ("labels", "annotations"):
                old, new = resource.node.get("metadata", key), generated.node.get("metadata", key)
                if new is not None:
                    both = {**(old.map if old is not None else {}), **new.map}
                    resource.node = put_value(resource.node, ("metadata", key), Node.make(both, new))
            if (own := generated.node.get("type")) is not None:
                resource.node = put_value(resource.node, ("type",), own)
            resource.via |= generated.via


def _read_data(entry: Node, read: _Read) -> Iterator[tuple[str, Node]]:
    for item in entry.items("literals"):
        key, _, value = item.text.partition("=")
        yield key, Node.make(_unquote_value(value), item)
    for item in entry.items("files"):
        key, has_key, path = item.text.partition("=")
        path = path if has_key else key
        content = read(path, item)
        if content is not None:
            yield (key if has_key else path.rsplit("/", 1)[-1]), content
    for item in [*entry.items("envs"), *([entry.map["env"]] if "env" in entry.map else [])]:
        content = read(item.text, item)
        if content is not None:
            yield from _read_env_file(content)


def _read_env_file(content: TextNode) -> Iterator[tuple[str, Node]]:
    """Yield the variables of an env file, each value at its own line (api/kv/kv.go, keyValuesFromLine)."""
    for number, line in enumerate(content.text.split("\n"), content.line + 1):
        line = line.removesuffix("\r")
        key, _, value = line.lstrip().partition("=")
        if key and not key.startswith("#"):
            end = content.column + len(line) + 1
            yield key, Node(value, content.file, (number, end - len(value), number, end))


def _unquote_value(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _encode_value(value: Node) -> Node:
    """Return a value as kustomize writes it into a Secret: base64 in lines of 70.

    If there are several lines, each ends with a newline.
    """
    encoded = base64.b64encode(value.text.encode()).decode()
    if len(encoded) >= _LINE:
        encoded = "".join(f"{encoded[start : start + _LINE]}\n" for start in range(0, len(encoded), _LINE))
    return Node.make(encoded, value)


def append_hash(resource: Resource) -> None:
    """Append the hash of a generated object's content to its name."""
    node = resource.node
    kind = resource.kind
    data = node.get("data")
    content: dict[str, object] = {"kind": kind, "name": "", "data": data.to_plain() if data else ""}
    if kind == "Secret":
        content["type"] = node.text_at("type")
    binary = node.get("binaryData")
    if binary is not None:
        content["binaryData"] = binary.to_plain()
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character, escape in _GO_ESCAPES.items():
        written = written.replace(character, escape)
    import hashlib  # it loads OpenSSL, and few runs need it

    digest = hashlib.sha256(written.encode()).hexdigest()[:10].translate(_LOOK_ALIKES)
    origin = node.get("metadata", "name") or node
    resource.rename(Node.make(f"{resource.name}-{digest}", origin))
    resource.hashed = False
