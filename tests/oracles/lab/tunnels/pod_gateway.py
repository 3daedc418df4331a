"""pod-gateway: the home is the gateway's Pod with WireGuard, and the way of the client's Pod to the world.

angelnu/pod-gateway v1.13.0, transcribed: bin/gateway_init.sh and config/settings.sh (rules and routes),
bin/gateway_sidecar.sh (dnsmasq, which is the real one), bin/client_init.sh (the client's routes). A veth is
in the place of the vxlan. The client's own link leads nowhere once its default routes are deleted, and is
left out.
"""

from __future__ import annotations

from pathlib import Path

from tests.oracles.lab.processes import run, start, wait_until
from tests.oracles.lab.topology import (
    CLUSTER_RESOLVER,
    RESOLV_CONF,
    SEARCH,
    WIREGUARD_PORT,
)
from tests.oracles.lab.tunnels import Place
from tests.oracles.lab.tunnels.wireguard import WireGuard

CLIENT, GATEWAY, CLIENT_ADDRESS = "client", "172.16.0.1", "172.16.0.20"
LOCAL = ("10.0.0.0/8", "192.168.0.0/16")
ALWAYS = (
    "-t nat -A POSTROUTING -j MASQUERADE",
    "-A INPUT -i vxlan0 -p udp --sport=68 --dport=67 -j ACCEPT",
    "-A FORWARD -i wg0 -m state --state ESTABLISHED,RELATED -j ACCEPT",
    "-A FORWARD -i wg0 -j REJECT",
)
BLOCKING = (
    "--policy FORWARD DROP",
    "-I FORWARD -o wg0 -j ACCEPT",
    "--policy OUTPUT DROP",
    f"-A OUTPUT -p udp --dport {WIREGUARD_PORT} -j ACCEPT",
    f"-A OUTPUT -p tcp --dport {WIREGUARD_PORT} -j ACCEPT",
    *(f"-A {chain} -d {network} -j ACCEPT" for network in LOCAL for chain in ("FORWARD", "OUTPUT")),
    "-A OUTPUT -o wg0 -j ACCEPT",
    "-A OUTPUT -o vxlan0 -j ACCEPT",
)


class PodGateway(WireGuard):
    """Options besides WireGuard's: `blocks` is VPN_BLOCK_OTHER_TRAFFIC."""

    clients = CLIENT

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._connect_client()
        if place.options["blocks"]:
            self._set_rules(BLOCKING)
        self._set_rules(ALWAYS)
        for network in LOCAL:
            run("home", *f"ip route add {network} via {place.pod.router}".split())

    def _connect_client(self) -> None:
        run(None, "ip", "netns", "add", CLIENT)
        run(None, *f"ip link add vxlan0 netns home type veth peer name vxlan0 netns {CLIENT}".split())
        for namespace, address in (("home", GATEWAY), (CLIENT, CLIENT_ADDRESS)):
            run(namespace, *f"ip address add {address}/24 dev vxlan0".split())
            run(namespace, "ip", "link", "set", "vxlan0", "up")
        run(CLIENT, "ip", "link", "set", "lo", "up")
        run(CLIENT, "ip", "route", "add", "default", "via", GATEWAY)
        run("home", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        resolv_conf = Path(f"/etc/netns/{CLIENT}/resolv.conf")
        resolv_conf.parent.mkdir(parents=True)
        resolv_conf.write_text(f"nameserver {GATEWAY}\n{SEARCH}\noptions ndots:5\n")

    @staticmethod
    def _set_rules(rules: tuple[str, ...]) -> None:
        for rule in rules:
            run("home", "iptables", *rule.split())

    def prepare(self) -> None:
        super().prepare()
        # Its DNSSEC needs a signed root, which the lab's resolvers are not.
        lines = ["interface=vxlan0", "bind-interfaces", "clear-on-reload", f"resolv-file={RESOLV_CONF}"]
        lines += [f"server=/local/{CLUSTER_RESOLVER}", "user=root", "pid-file", "no-hosts"]
        file = self.place.folder / "dnsmasq.conf"
        file.write_text("".join(f"{line}\n" for line in lines))
        start("home", ["dnsmasq", "-k", f"--conf-file={file}"], self.place.folder / "dnsmasq.log")
        wait_until(lambda: f"{GATEWAY}:53" in run("home", "ss", "-Huln"), "dnsmasq")

    def find_peer(self) -> None:
        WireGuard.prepare(self)
