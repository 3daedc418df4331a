"""app-template's `externalSecrets` (5.x): which Secret the operator makes of each."""

from __future__ import annotations

from vpnlint.charts.app_template.scope import Kind, Scope
from vpnlint.charts.helm.values import list_enabled_items
from vpnlint.source.node import Node


def read_external_secret_name(scope: Scope, reference: Node) -> Node | None:
    """Return the name of the Secret that an externalSecretRef names.

    None where its identifier is not there.
    """
    identifier = reference.map.get("identifier")
    if identifier is None:
        return reference.map.get("name")
    items = list_enabled_items(scope.values.map.get("externalSecrets"))
    item = dict(items).get(identifier.text)
    if item is None:
        return None
    target = item.get("target", "name")
    if target is not None and target.text:
        return target
    return Node.make(scope.object_name(identifier.text, item, Kind.OTHER, len(items)), identifier)
