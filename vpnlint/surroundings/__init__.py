"""What decides outside of a Pod where its packets go.

In the repository: policies, gateways, networks, mounted files, Services, rights. In its configuration: what
is declared to carry the Pod's traffic into a VPN elsewhere.
"""

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
    "mutations": [],
    "tunnelConfigs": [],
    "proxies": [],
    "firewallRules": [],
    "outside": [],
    "operatorProxies": [],
}
