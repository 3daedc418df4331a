"""The things outside a Pod that decide where its packets go.

The repository holds policies, gateways, networks, mounted files, Services and permissions. vpnlint's
configuration declares what carries the Pod's traffic into a VPN elsewhere.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Surroundings: TypeAlias = dict[str, list[dict[str, Any]]]

# The surroundings of a Pod that is seen alone, as the cluster sees it at admission.
NO_SURROUNDINGS: Final[Surroundings] = {
    "policies": [],
    "gateways": [],
    "networks": [],
    "files": [],
    "services": [],
    "namespaces": [],
    "accounts": [],
    "secretRules": [],
    "mutations": [],
    "tunnelConfigs": [],
    "proxies": [],
    "firewallRules": [],
    "outside": [],
    "operatorProxies": [],
    "families": [],
    "leftBy": [],
    "deadVpns": [],
    "clearSecrets": [],
    "controlRoles": [],
    "localResolvers": [],
}
