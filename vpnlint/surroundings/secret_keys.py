"""Finds the keys of a Secret in the objects that produce it; it never reads a value of the Secret itself.

An ExternalSecret's template may hold values that are no secret, as it stands in the repository for all to
read.

Sources: external-secrets v2 pkg/controllers/externalsecret/externalsecret_controller_template.go
(ApplyTemplate: a template replaces the fetched keys unless mergePolicy is Merge or it holds no data;
creationPolicy Merge keeps the existing keys); sealed-secrets pkg/apis/sealedsecrets/v1alpha1 (Unseal:
encryptedData and template.data). SOPS does not encrypt keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.selectors import judge_namespace
from vpnlint.surroundings.trilean import is_unresolved


def find_secret_keys(objects: Objects, namespace: str, name: str) -> frozenset[str] | None:
    """Return the keys of a Secret.

    Returns None if no object produces the Secret, or if one may add keys that the repository does not hold.
    """
    key_sets = list(_list_key_sets(objects, namespace, name))
    if not key_sets or is_unresolved(name):
        return None
    keys: set[str] = set()
    for key_set in key_sets:
        if key_set is None:
            return None
        keys |= key_set
    return frozenset(keys)


def find_template_values(objects: Objects, namespace: str, name: str) -> dict[str, Node]:
    """Return the values of a Secret that the template of its one ExternalSecret holds as they will be.

    Source: external-secrets v2, ApplyTemplate (what the template's `data` names wins over all else).
    """
    makers = [
        external
        for external in objects.of_kind("ExternalSecret")
        if _is_made_by(external, namespace, name, "spec", "target", "name")
    ]
    if len(makers) != 1 or is_unresolved(name) or objects.find("Secret", namespace, name) is not None:
        return {}
    data = makers[0].fields("spec", "target", "template", "data")
    return {key: value for key, value in data.items() if "{{" not in value.scalar_text}


def _list_key_sets(objects: Objects, namespace: str, name: str) -> Iterator[set[str] | None]:
    """Yield the keys from each object that produces the Secret; None if an object may add any key."""
    secret = objects.find("Secret", namespace, name)
    if secret is not None:
        yield _read_keys(secret, "data") | _read_keys(secret, "stringData")
    for sealed in objects.of_kind("SealedSecret"):
        if _is_made_by(sealed, namespace, name, "spec", "template", "metadata", "name"):
            yield _read_keys(sealed, "spec", "encryptedData") | _read_keys(sealed, "spec", "template", "data")
    for external in objects.of_kind("ExternalSecret"):
        if _is_made_by(external, namespace, name, "spec", "target", "name"):
            yield _read_external_keys(external)


def _is_made_by(maker: Node, namespace: str, name: str, *path: str) -> bool:
    target = maker.get(*path) or maker.get("metadata", "name")
    in_namespace = judge_namespace(maker, namespace) != "no"
    return in_namespace and target is not None and target.text == name


def _read_keys(node: Node, *path: str) -> set[str]:
    return set(node.fields(*path))


def _read_external_keys(external: Node) -> set[str] | None:
    target = external.get("spec", "target") or Node.make({}, external)
    data = _read_keys(target, "template", "data")
    sources = target.items("template", "templateFrom")
    from_files = _read_template_keys(sources)
    if from_files is None or target.text_at("creationPolicy") == "Merge":
        return None
    if (data or sources) and target.text_at("template", "mergePolicy") != "Merge":
        return data | from_files
    if external.items("spec", "dataFrom"):
        return None
    keys = {key for item in external.items("spec", "data") if (key := item.text_at("secretKey"))}
    return keys | data | from_files


def _read_template_keys(sources: list[Node]) -> set[str] | None:
    """Return the keys that templateFrom adds; None if a template names its own keys."""
    keys: set[str] = set()
    for source in sources:
        if source.text_at("target") not in ("", "Data"):
            continue
        items = source.get("configMap", "items") or source.get("secret", "items")
        if items is None:
            return None
        for item in items.list:
            key = item.get("key")
            if key is None or item.text_at("templateAs") == "KeysAndValues":
                return None
            keys.add(key.text)
    return keys
