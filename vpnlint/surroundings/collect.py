"""Collects a workload's surroundings: the applied objects that decide where its packets go."""

from __future__ import annotations

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.surroundings import Surroundings
from vpnlint.surroundings.address_families import find_address_families
from vpnlint.surroundings.clear_secrets import find_clear_secrets
from vpnlint.surroundings.config_bindings import find_config_bindings
from vpnlint.surroundings.control_roles import find_control_roles
from vpnlint.surroundings.dead_vpns import find_dead_vpns
from vpnlint.surroundings.firewall_rules import find_firewall_rules
from vpnlint.surroundings.gateways import find_gateways
from vpnlint.surroundings.local_resolvers import find_local_resolvers
from vpnlint.surroundings.multus_networks import find_networks
from vpnlint.surroundings.mutations import find_mutations
from vpnlint.surroundings.network_policies import Governed, find_policies
from vpnlint.surroundings.operator_proxies import find_operator_proxies
from vpnlint.surroundings.permissions import find_account, find_secret_permissions
from vpnlint.surroundings.proxies import find_proxies
from vpnlint.surroundings.runtime_bindings import find_runtime_bindings
from vpnlint.surroundings.selectors import read_namespace_labels, read_pod_labels
from vpnlint.surroundings.services import find_services
from vpnlint.surroundings.tunnel_configs import find_tunnel_configs
from vpnlint.workloads.workload import Workload

# The Pod Security Standard that a Namespace enforces (Kubernetes, Pod Security Admission).
_ENFORCE = "pod-security.kubernetes.io/enforce"
_PORT = ("ENDPOINT_PORT", "VPN_PORT")


def collect_surroundings(workload: Workload, objects: Objects, catalog: Catalog) -> Surroundings:
    """Return the surroundings of the workload's Pods as plain data for the view (`pod.around`).

    objects: everything that is applied to the same cluster.
    """
    objects = objects.with_more(workload.beside) if workload.beside else objects
    governed = Governed(read_pod_labels(workload), workload.namespace, _read_tunnel_ports(workload))
    labels, whole = read_namespace_labels(objects, workload.namespace)
    # No policy on Pods applies to a Pod that uses the node's own network.
    on_host = workload.template is not None and workload.template.is_true("spec", "hostNetwork")
    return {
        "policies": [] if on_host else find_policies(governed, objects),
        "gateways": find_gateways(workload, objects, catalog),
        "networks": find_networks(workload, objects),
        "files": [
            *find_config_bindings(workload, objects, catalog),
            *find_runtime_bindings(workload, objects, catalog),
        ],
        "services": find_services(workload, objects),
        "namespaces": [{"name": workload.namespace, "enforces": labels.get(_ENFORCE, "")}] if whole else [],
        "accounts": find_account(workload, objects),
        "secretRules": find_secret_permissions(workload, objects),
        "mutations": find_mutations(workload, objects, catalog),
        "proxies": find_proxies(workload, objects, catalog),
        "tunnelConfigs": find_tunnel_configs(workload, objects, catalog),
        "firewallRules": find_firewall_rules(workload, objects, catalog),
        "operatorProxies": find_operator_proxies(workload, objects),
        "deadVpns": find_dead_vpns(workload, objects, catalog),
        "clearSecrets": find_clear_secrets(workload, objects),
        "controlRoles": find_control_roles(workload, objects),
        "localResolvers": find_local_resolvers(workload, objects),
        "families": find_address_families(workload, objects),
        "leftBy": [{"name": workload.left_by}] if workload.left_by else [],
    }


def _read_tunnel_ports(workload: Workload) -> frozenset[str]:
    """Return the ports of the VPN's server, as written, from the Pod's variables that name them."""
    return frozenset(
        variable.scalar_at("value")
        for container in workload.containers
        for variable in container.items("env")
        if variable.text_at("name").endswith(_PORT) and variable.scalar_at("value")
    )
