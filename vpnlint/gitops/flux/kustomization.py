"""Where a Flux Kustomization leads."""

from __future__ import annotations

from vpnlint.files.index import Lead
from vpnlint.source.node import Node

_FLUX = "kustomize.toolkit.fluxcd.io/"


def is_flux_kustomization(node: Node) -> bool:
    """Tell whether an object is a Flux Kustomization."""
    return node.text_at("kind") == "Kustomization" and node.text_at("apiVersion").startswith(_FLUX)


def read_flux_lead(node: Node) -> Lead:
    """Return where a Flux Kustomization leads."""
    suspend = node.get("spec", "suspend")
    source = (
        node.text_at("spec", "sourceRef", "kind"),
        node.text_at("spec", "sourceRef", "namespace") or node.text_at("metadata", "namespace"),
        node.text_at("spec", "sourceRef", "name"),
    )
    return Lead(node.text_at("spec", "path"), source, suspended=suspend is not None and suspend.value is True)
