"""Makes app-template's other objects: policies, configuration, accounts and their permissions.

`ciliumNetworkPolicies` and `externalSecrets` came with 5.x. Since then, a raw resource's `spec` is the
object's spec; before, it was the whole body. Source: github.com/bjw-s-labs/helm-charts,
charts/library/common, tags common-3.0.0 to common-4.1.1 (templates/classes/_networkpolicy, _rawResource,
_configmap, _secret, _serviceAccount, _role, _rolebinding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vpnlint.charts.app_template.pod_template import make_selector_labels
from vpnlint.charts.app_template.scope import Kind, Scope
from vpnlint.charts.helm.values import is_empty, list_enabled_items, make_node
from vpnlint.source.node import Node

_RBAC = "rbac.authorization.k8s.io/v1"


def make_companions(scope: Scope, controllers: Mapping[str, Node]) -> list[Node]:
    """Return the objects of a release that are neither controllers nor Services."""
    sections = (
        ("configMaps", "ConfigMap", "v1", ("data", "binaryData")),
        ("secrets", "Secret", "v1", ("type", "stringData")),
    )
    objects = [
        _make_companion(scope, section, identifier, item, kind, api, {key: item.map.get(key) for key in keys})
        for section, kind, api, keys in sections
        for identifier, item in _list_items(scope, section)
    ]
    objects += [
        *_make_accounts(scope),
        *_make_rbac_objects(scope),
        *_make_network_policies(scope, controllers),
        *_make_raw_resources(scope),
    ]
    if scope.version >= (5, 0, 0):
        objects += [*_make_cilium_policies(scope, controllers), *_make_external_secrets(scope)]
    return objects


def _list_items(scope: Scope, section: str, *below: str) -> list[tuple[str, Node]]:
    return list_enabled_items(scope.values.get(section, *below))


def _make_companion(
    scope: Scope,
    section: str,
    identifier: str,
    item: Node,
    kind: str,
    api: str,
    fields: Mapping[str, object],
    *below: str,
) -> Node:
    """Return the object for an item of a section, with these fields in addition to its metadata."""
    count = len(_list_items(scope, section, *below))
    metadata: dict[str, object] = {"name": scope.make_object_name(identifier, item, Kind.OTHER, count)}
    if not kind.startswith("Cluster"):
        metadata["namespace"] = scope.release.namespace
    for key in ("labels", "annotations"):
        if item.fields(key):
            metadata[key] = item.map[key]
    kept = {key: value for key, value in fields.items() if value is not None}
    return scope.expand(make_node({"apiVersion": api, "kind": kind, "metadata": metadata, **kept}, item))


def _make_accounts(scope: Scope) -> Iterator[Node]:
    if scope.version < (4, 0, 0):
        # Before, there was one account of the release's name, and the Pod decided whether to mount its token.
        return
    for identifier, item in _list_items(scope, "serviceAccount"):
        yield _make_companion(scope, "serviceAccount", identifier, item, "ServiceAccount", "v1", {})


def _make_rbac_objects(scope: Scope) -> Iterator[Node]:
    for identifier, item in _list_items(scope, "rbac", "roles"):
        kind = item.text_at("type") or "Role"
        rules = {"rules": item.map.get("rules")}
        yield _make_companion(scope, "rbac", identifier, item, kind, _RBAC, rules, "roles")
    for identifier, item in _list_items(scope, "rbac", "bindings"):
        fields: dict[str, object] = {
            "roleRef": _resolve_role(scope, item.map.get("roleRef", make_node({}, item))),
            "subjects": [_resolve_subject(scope, subject) for subject in item.items("subjects")],
        }
        kind = item.text_at("type") or "RoleBinding"
        yield _make_companion(scope, "rbac", identifier, item, kind, _RBAC, fields, "bindings")


def _resolve_role(scope: Scope, reference: Node) -> Node:
    roles = _list_items(scope, "rbac", "roles")
    identifier = reference.text_at("identifier")
    role = dict(roles).get(identifier)
    if role is None:
        return reference
    name = scope.make_object_name(identifier, role, Kind.OTHER, len(roles))
    return make_node({"kind": role.text_at("type") or "Role", "name": name}, reference)


def _resolve_subject(scope: Scope, subject: Node) -> Node:
    identifier = subject.text_at("identifier")
    if not identifier:
        return subject
    accounts = _list_items(scope, "serviceAccount")
    account = dict(accounts).get(identifier)
    name = (
        scope.make_object_name(identifier, account, Kind.OTHER, len(accounts))
        if account is not None
        else identifier
    )
    return make_node({"kind": "ServiceAccount", "name": name, "namespace": scope.release.namespace}, subject)


def _make_selector(scope: Scope, item: Node, key: str, controllers: Mapping[str, Node]) -> object:
    """Return the selector of a policy: its own, else that of its controller or the only one."""
    if key in item.map:
        return item.map[key]
    only = next(iter(controllers)) if len(controllers) == 1 else ""
    labels = make_selector_labels(scope, item.text_at("controller") or only)
    return {"matchLabels": {**item.fields("extraSelectorLabels"), **labels}}


def _make_network_policies(scope: Scope, controllers: Mapping[str, Node]) -> Iterator[Node]:
    for identifier, item in _list_items(scope, "networkpolicies") if scope.version >= (3, 0, 0) else ():
        rules = {"policyTypes": item.map.get("policyTypes"), **item.fields("rules")}
        selector = _make_selector(scope, item, "podSelector", controllers)
        spec = {"podSelector": selector, **{key: rule for key, rule in rules.items() if not is_empty(rule)}}
        api = "networking.k8s.io/v1"
        yield _make_companion(
            scope, "networkpolicies", identifier, item, "NetworkPolicy", api, {"spec": spec}
        )


def _make_cilium_policies(scope: Scope, controllers: Mapping[str, Node]) -> Iterator[Node]:
    section = "ciliumNetworkPolicies"
    for identifier, item in _list_items(scope, section):
        selector = _make_selector(scope, item, "endpointSelector", controllers)
        spec = {"endpointSelector": selector, **item.fields("rules")}
        yield _make_companion(
            scope, section, identifier, item, "CiliumNetworkPolicy", "cilium.io/v2", {"spec": spec}
        )


def _make_external_secrets(scope: Scope) -> Iterator[Node]:
    section = "externalSecrets"
    for identifier, item in _list_items(scope, section):
        spec = {key: item.map[key] for key in ("data", "dataFrom", "target") if key in item.map}
        fields = {"spec": spec}
        api = "external-secrets.io/v1"
        yield _make_companion(scope, section, identifier, item, "ExternalSecret", api, fields)


def _make_raw_resources(scope: Scope) -> Iterator[Node]:
    for identifier, item in _list_items(scope, "rawResources") if scope.version >= (3, 2, 0) else ():
        kind, api = item.text_at("kind"), item.text_at("apiVersion")
        manifest, spec = item.map.get("manifest"), item.map.get("spec")
        if manifest is not None and manifest.map:
            fields: Mapping[str, Node] = manifest.map
        elif scope.version < (5, 0, 0):
            fields = spec.map if spec is not None else {}
        else:
            fields = {"spec": spec} if spec is not None else {}
        own = {key: node for key, node in fields.items() if key not in ("apiVersion", "kind", "metadata")}
        if kind:
            yield _make_companion(scope, "rawResources", identifier, item, kind, api, own)
