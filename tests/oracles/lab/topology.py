"""Four namespaces with documentation addresses (RFC 5737, RFC 3849) and no way out: home, vpn, swarm, isp.

The home is the Pod. Its own address is public (192.0.2.2) or private (10.42.0.2): then the isp translates it
to 192.0.2.2, so that the swarm knows the home by one address in both. As `cluster` the Pod has what a
Kubernetes Pod has: the isp is its node, with the cluster's resolver at a Service address that only the
default route leads to, and resolv.conf lists the search domains. As `ipv4` it has no IPv6 address, as in a
cluster without: only the kernel's own, which lead nowhere. As `user-namespace` it is the cluster's Pod with
`hostUsers: false`: all that runs in it is root of a user namespace alone, which owns its network namespace.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.oracles.lab.processes import OWNERS, run, wait_until

HOME, HOME6 = "192.0.2.2", "2001:db8:1::2"
VPN, VPN6 = "198.51.100.2", "2001:db8:2::2"
ISP_OF_VPN = "198.51.100.1"
# The name of what runs there for Tailscale
CONTROL = "control.lab"
SWARM, SWARM6 = "203.0.113.10", "2001:db8:3::10"
PRIVATE_HOME = "10.42.0.2"
CLUSTER_HOME, CLUSTER_HOME6 = "10.42.0.5", "2001:db8:1::5"
# The cluster's resolver, the home's (which the cluster's asks), and a public one
CLUSTER_RESOLVER, HOME_RESOLVER, PUBLIC_RESOLVER = "10.43.0.10", "192.0.2.53", "1.1.1.1"
SEARCH = "search default.svc.cluster.local svc.cluster.local cluster.local"
TUNNEL_HOME, TUNNEL_VPN = "10.64.0.2", "10.64.0.1"
TUNNEL_HOME6, TUNNEL_VPN6 = "2001:db8:64::2", "2001:db8:64::1"
HOME_ADDRESSES = frozenset({HOME, HOME6, PRIVATE_HOME, CLUSTER_HOME, CLUSTER_HOME6})
WIREGUARD_PORT = 51820
TAILSCALE_PORTS = (41641, 41642)


@dataclass(frozen=True)
class Pod:
    """Where the home stands: its addresses, its router, its resolver and resolv.conf's other lines.

    address6 is empty where it has none. In a Pod with its own users, root is that of a user namespace.
    """

    address: str
    router: str
    resolver: str
    address6: str = HOME6
    options: tuple[str, ...] = ("options timeout:1 attempts:1",)
    own_users: bool = False


CLUSTER = Pod(CLUSTER_HOME, "10.42.0.1", CLUSTER_RESOLVER, CLUSTER_HOME6, (SEARCH, "options ndots:5"))
PODS = {
    "public": Pod(HOME, "192.0.2.1", "192.0.2.1"),
    "ipv4": Pod(HOME, "192.0.2.1", "192.0.2.1", address6=""),
    "private": Pod(PRIVATE_HOME, "10.42.0.1", "10.42.0.1"),
    "cluster": CLUSTER,
    "user-namespace": replace(CLUSTER, own_users=True),
}

RESOLV_CONF = Path("/etc/netns/home/resolv.conf")
VPN_TRANSLATION = """table inet nat {
  chain post {
    type nat hook postrouting priority srcnat;
    oifname "eth0" masquerade
  }
}
"""
HOME_TRANSLATION = """table ip nat {{
  chain post {{
    type nat hook postrouting priority srcnat;
    ip saddr {pod} snat to {home}
  }}
}}
"""


def build(pod: Pod) -> None:
    """Make the namespaces and the three links; every one but the isp has its default route over the isp."""
    if pod.own_users:
        make_owned("home")
    lines: dict[str, list[str]] = {name: ["link set lo up"] for name in ("home", "isp", "vpn", "swarm")}
    for name in lines:
        if name != "home" or not pod.own_users:
            run(None, "ip", "netns", "add", name)
    for name, address, address6, router, router6 in (
        ("home", pod.address, pod.address6, pod.router, "2001:db8:1::1"),
        ("vpn", VPN, VPN6, ISP_OF_VPN, "2001:db8:2::1"),
        ("swarm", SWARM, SWARM6, "203.0.113.1", "2001:db8:3::1"),
    ):
        far = f"to-{name}"
        run(None, *f"ip link add eth0 netns {name} type veth peer name {far} netns isp".split())
        for place, device, own, own6 in ((name, "eth0", address, address6), ("isp", far, router, router6)):
            lines[place].append(f"address add {own}/24 dev {device}")
            if address6:
                lines[place].append(f"address add {own6}/64 dev {device} nodad")
            lines[place].append(f"link set {device} up")
        lines[name].append(f"route add default via {router}")
        if address6:
            lines[name].append(f"route add default via {router6}")
    # No private network but the tunnel's own is behind a VPN provider.
    lines["vpn"].append("route add blackhole 10.0.0.0/8")
    for place, address in (("isp", CLUSTER_RESOLVER), ("isp", HOME_RESOLVER), ("swarm", PUBLIC_RESOLVER)):
        lines[place].append(f"address add {address}/32 dev lo")
    lines["isp"].append(f"route add {PUBLIC_RESOLVER} via {SWARM}")
    for name, listed in lines.items():
        run(name, "ip", "-batch", "-", given="\n".join(listed))
    for name in ("isp", "vpn"):
        run(name, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    run("vpn", "nft", "-f", "-", given=VPN_TRANSLATION)
    if pod.address != HOME:
        run("isp", "nft", "-f", "-", given=HOME_TRANSLATION.format(pod=pod.address, home=HOME))


def make_owned(name: str) -> None:
    """Make a network namespace that a user namespace of its own owns, as the container runtime does.

    A process that does nothing holds both.
    """
    holder = subprocess.Popen(["unshare", "--user", "--map-root-user", "--net", "sleep", "infinity"])
    owner, own = (Path(f"/proc/{number}/ns/net") for number in (holder.pid, "self"))
    wait_until(lambda: owner.readlink() != own.readlink(), "a network namespace with an owner")
    run(None, "ip", "netns", "attach", name, str(holder.pid))
    (OWNERS / name).symlink_to(owner.with_name("user"))


def name_servers(addresses: Sequence[str], options: Sequence[str]) -> None:
    """Let the home's programs ask those resolvers: `ip netns exec` puts the file over /etc/resolv.conf.

    It is rewritten in place, so that what runs already sees it, as the containers of a Pod share one file.
    """
    RESOLV_CONF.parent.mkdir(parents=True, exist_ok=True)
    lines = [*(f"nameserver {address}" for address in addresses), *options]
    RESOLV_CONF.write_text("".join(f"{line}\n" for line in lines))
