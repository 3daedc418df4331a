"""Where a Flux Kustomization leads."""

from __future__ import annotations

from vpnlint.files.index import Lead
from vpnlint.source.edit import text
from vpnlint.source.node import Node

_FLUX = "kustomize.toolkit.fluxcd.io/"


def is_flux(node: Node) -> bool:
    """Tell whether an object is a Flux Kustomization."""
    return text(node, "kind") == "Kustomization" and text(node, "apiVersion").startswith(_FLUX)


def flux_lead(node: Node) -> Lead:
    """Return where a Flux Kustomization leads."""
    suspend = node.get("spec", "suspend")
    source = (
        text(node, "spec", "sourceRef", "kind"),
        text(node, "spec", "sourceRef", "namespace") or text(node, "metadata", "namespace"),
        text(node, "spec", "sourceRef", "name"),
    )
    return Lead(text(node, "spec", "path"), source, suspended=suspend is not None and suspend.value is True)
