"""A Secret's name → the names of its keys, from what makes the Secret; a value is never looked at.

Sources: external-secrets v2 pkg/controllers/externalsecret/externalsecret_controller_template.go
(ApplyTemplate: a template replaces the fetched keys unless mergePolicy is Merge or it holds no data;
creationPolicy Merge keeps what is there); sealed-secrets pkg/apis/sealedsecrets/v1alpha1 (Unseal:
encryptedData and template.data). SOPS leaves keys in clear.
"""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.selectors import may_stand_in
from vpnlint.surroundings.trilean import is_unresolved


def find_secret_keys(objects: Objects, namespace: str, name: str) -> frozenset[str] | None:
    """Return the keys of the Secret.

    None where no object makes it, or one whose keys the repository does not hold.
    """
    found = list(_makers(objects, namespace, name))
    if not found or is_unresolved(name):
        return None
    keys: set[str] = set()
    for made in found:
        if made is None:
            return None
        keys |= made
    return frozenset(keys)


def _makers(objects: Objects, namespace: str, name: str) -> Iterator[set[str] | None]:
    """Yield the keys that each object gives the Secret, None for one that may give any."""
    secret = objects.find("Secret", namespace, name)
    if secret is not None:
        yield _names(secret, "data") | _names(secret, "stringData")
    for sealed in objects.of_kind("SealedSecret"):
        if _is_made_by(sealed, namespace, name, "spec", "template", "metadata", "name"):
            yield _names(sealed, "spec", "encryptedData") | _names(sealed, "spec", "template", "data")
    for external in objects.of_kind("ExternalSecret"):
        if _is_made_by(external, namespace, name, "spec", "target", "name"):
            yield _external(external)


def _is_made_by(maker: Node, namespace: str, name: str, *path: str) -> bool:
    target = maker.get(*path) or maker.get("metadata", "name")
    here = not namespace or may_stand_in(maker, namespace)
    return here and target is not None and target.text == name


def _names(node: Node, *path: str) -> set[str]:
    return set(node.fields(*path))


def _external(external: Node) -> set[str] | None:
    target = external.get("spec", "target") or Node.make({}, external)
    data = _names(target, "template", "data")
    sources = target.items("template", "templateFrom")
    from_files = _templated(sources)
    if from_files is None or target.text_at("creationPolicy") == "Merge":
        return None
    if (data or sources) and target.text_at("template", "mergePolicy") != "Merge":
        return data | from_files
    if external.items("spec", "dataFrom"):
        return None
    keys = {key for item in external.items("spec", "data") if (key := item.text_at("secretKey"))}
    return keys | data | from_files


def _templated(sources: list[Node]) -> set[str] | None:
    """Return the keys that templateFrom adds; None where a template names its own keys."""
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
