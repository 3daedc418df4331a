"""Four namespaces (home, vpn and swarm, each linked to isp) with documentation addresses (RFC 5737, RFC 3849) and no way out.

The home is the Pod. Its own address is public (192.0.2.2) or, as in a cluster, private (10.42.0.2): then the isp
translates it to 192.0.2.2, so that the swarm knows the home by one address in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.oracles.lab.processes import run

HOME, HOME6 = "192.0.2.2", "2001:db8:1::2"
VPN, VPN6 = "198.51.100.2", "2001:db8:2::2"
ISP_OF_VPN = "198.51.100.1"
# The name of what runs there for Tailscale
CONTROL = "control.lab"
SWARM, SWARM6 = "203.0.113.10", "2001:db8:3::10"
PRIVATE_HOME = "10.42.0.2"
TUNNEL_HOME, TUNNEL_VPN = "10.64.0.2", "10.64.0.1"
HOME_ADDRESSES = frozenset({HOME, HOME6, PRIVATE_HOME})
WIREGUARD_PORT = 51820
TAILSCALE_PORTS = (41641, 41642)


@dataclass(frozen=True)
class Pod:
    """Where the home stands: its address on eth0, and the router (also the LAN's resolver) beyond it."""

    address: str
    router: str


PODS = {"public": Pod(HOME, "192.0.2.1"), "private": Pod(PRIVATE_HOME, "10.42.0.1")}

VPN_TRANSLATION = """table ip nat {
  chain post {
    type nat hook postrouting priority srcnat;
    oifname "eth0" masquerade
  }
}
"""
HOME_TRANSLATION = f"""table ip nat {{
  chain post {{
    type nat hook postrouting priority srcnat;
    ip saddr {PRIVATE_HOME} snat to {HOME}
  }}
}}
"""


def build(pod: Pod) -> None:
    """Make the namespaces and the three links; every one but the isp has its default route over the isp."""
    for name in ("home", "isp", "vpn", "swarm"):
        run(None, "ip", "netns", "add", name)
        run(name, "ip", "link", "set", "lo", "up")
    for name, address, address6, router, router6 in (
        ("home", pod.address, HOME6, pod.router, "2001:db8:1::1"),
        ("vpn", VPN, VPN6, ISP_OF_VPN, "2001:db8:2::1"),
        ("swarm", SWARM, SWARM6, "203.0.113.1", "2001:db8:3::1"),
    ):
        far = f"to-{name}"
        run(None, *f"ip link add eth0 netns {name} type veth peer name {far} netns isp".split())
        for place, device, own, own6 in ((name, "eth0", address, address6), ("isp", far, router, router6)):
            run(place, "ip", "address", "add", f"{own}/24", "dev", device)
            run(place, "ip", "address", "add", f"{own6}/64", "dev", device, "nodad")
            run(place, "ip", "link", "set", device, "up")
        run(name, "ip", "route", "add", "default", "via", router)
        run(name, "ip", "-6", "route", "add", "default", "via", router6)
    for name in ("isp", "vpn"):
        run(name, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    run("vpn", "nft", "-f", "-", given=VPN_TRANSLATION)
    if pod.address == PRIVATE_HOME:
        run("isp", "nft", "-f", "-", given=HOME_TRANSLATION)


def name_server(address: str) -> None:
    """Let the home's programs ask that resolver: `ip netns exec` puts the file over /etc/resolv.conf."""
    folder = Path("/etc/netns/home")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resolv.conf").write_text(f"nameserver {address}\noptions timeout:1 attempts:1\n")
