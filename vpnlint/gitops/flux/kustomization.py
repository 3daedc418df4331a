"""Flux's Kustomization: its path, and the keys that it adds to the kustomization there."""

from __future__ import annotations

from vpnlint.files.facts import Lead
from vpnlint.source.node import Node

_GROUP = "kustomize.toolkit.fluxcd.io/"
# The fields that Flux adds to the kustomization, and the keys that it adds them under
# (fluxcd/pkg, kustomize/kustomize_generator.go).
_OVERLAY_KEYS = {
    "targetNamespace": "namespace",
    "namePrefix": "namePrefix",
    "nameSuffix": "nameSuffix",
    "components": "components",
    "images": "images",
    "patches": "patches",
    "patchesStrategicMerge": "patchesStrategicMerge",
    "patchesJson6902": "patchesJson6902",
}


def is_flux_kustomization(node: Node) -> bool:
    """Tell whether an object is a Flux Kustomization."""
    return node.text_at("kind") == "Kustomization" and node.text_at("apiVersion").startswith(_GROUP)


def is_suspended(node: Node) -> bool:
    """Tell whether Flux is told to leave a Kustomization alone."""
    return node.is_true("spec", "suspend")


def read_flux_lead(node: Node) -> Lead:
    """Return the path of a Flux Kustomization, with the source that it counts from."""
    source = (
        node.text_at("spec", "sourceRef", "kind"),
        node.text_at("spec", "sourceRef", "namespace") or node.text_at("metadata", "namespace"),
        node.text_at("spec", "sourceRef", "name"),
    )
    return Lead(node.text_at("spec", "path"), source, suspended=is_suspended(node))


def make_flux_overlay(node: Node) -> Node | None:
    """Return the keys that a Flux Kustomization adds to its folder's kustomization; None if it adds none."""
    spec = node.get("spec") or node
    overlay = {key: spec.map[name] for name, key in _OVERLAY_KEYS.items() if name in spec.map}
    return Node.make({**overlay}, spec) if overlay else None
