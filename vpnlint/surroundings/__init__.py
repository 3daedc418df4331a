"""What the repository holds around a Pod that decides where its packets go: policies, gateways, networks, mounted files, Services, rights."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Surroundings: TypeAlias = dict[str, list[dict[str, Any]]]

# What is known of a Pod that is seen alone, as the cluster sees it at admission.
NONE: Final[Surroundings] = {
    "policies": [],
    "gateways": [],
    "networks": [],
    "files": [],
    "services": [],
    "namespaces": [],
    "accounts": [],
    "secretRules": [],
    "firewallRules": [],
}
