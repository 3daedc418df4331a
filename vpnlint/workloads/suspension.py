"""Finds suspended objects, which run nothing until `suspend` is reset, so vpnlint does not judge them.

Sources: Kubernetes 1.34 batch/v1 CronJobSpec.suspend ("suspend subsequent executions") and JobSpec.suspend
("no Pods are created"); Flux v2 HelmRelease and Kustomization `spec.suspend` (the controller changes
nothing).
"""

from __future__ import annotations

from vpnlint.errors import InputError
from vpnlint.source.node import Node

_EFFECTS = {
    "CronJob": "it starts no Pods",
    "Job": "it starts no Pods",
    "HelmRelease": "Flux leaves it as it is",
}


def find_suspension(root: Node) -> InputError | None:
    """Return a note at `spec.suspend` if an object is suspended; None for any other object."""
    kind = root.text_at("kind")
    suspend = root.get("spec", "suspend")
    if kind not in _EFFECTS or suspend is None or suspend.value is not True:
        return None
    return suspend.error(f"the {kind} {root.text_at('metadata', 'name')} is suspended: {_EFFECTS[kind]}")
