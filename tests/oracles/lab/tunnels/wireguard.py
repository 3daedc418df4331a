"""WireGuard by wireguard-go: routes and resolver of wg-quick, or a replaced default route."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.oracles.lab.processes import Program, run, start, wait_until
from tests.oracles.lab.topology import (
    TUNNEL_HOME,
    TUNNEL_HOME6,
    TUNNEL_VPN,
    TUNNEL_VPN6,
    VPN,
    WIREGUARD_PORT,
    name_servers,
)
from tests.oracles.lab.tunnels import OPEN_TUN, PairOfPrograms, Place

# wg-quick's choice: packets that WireGuard itself sends carry the mark and escape the tunnel's table.
TABLE = MARK = "51820"
RULES = (f"not fwmark {MARK} table {TABLE}", "table main suppress_prefixlength 0")
SERVER = "server0"


class WireGuard(PairOfPrograms):
    """A tunnel with options.

    `routes`: `policy` (wg-quick, the default) or `replaced` (the default route itself is moved). `ipv6`: the
    tunnel carries it. `rights`: a command before each of its own that changes their rights, such as setpriv.
    `dns`: a resolver in resolv.conf while the tunnel is up, as wg-quick's `DNS=` puts it there. `networks`
    and `networks6`: what is routed into the tunnel instead of everything; with `prohibit` a route beside each
    forbids it once the tunnel is gone, as protonwire's kill switch.
    """

    device = "wg0"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.ipv6 = bool(place.options.get("ipv6"))
        rights = place.options.get("rights", "").split()
        self.rights = [*OPEN_TUN, *rights] if rights else []
        self.keys = [self._key_pair(), self._key_pair()]

    @staticmethod
    def _key_pair() -> tuple[str, str]:
        private = run(None, "wg", "genkey").strip()
        return private, run(None, "wg", "pubkey", given=private).strip()

    def prepare(self) -> None:
        (_, peer), (own, _) = self.keys
        settings = f"[Interface]\nPrivateKey={own}\nListenPort={WIREGUARD_PORT}\n"
        settings += f"[Peer]\nPublicKey={peer}\nAllowedIPs={TUNNEL_HOME}/32,{TUNNEL_HOME6}/128\n"
        self.server = self._interface("vpn", SERVER, settings, f"{TUNNEL_VPN}/24", [])
        run("vpn", "ip", "address", "add", f"{TUNNEL_VPN6}/64", "dev", SERVER, "nodad")

    def start(self) -> None:
        self.program = self.connect()
        if self.program.poll() is not None:
            return
        self._route()
        if resolver := self.place.options.get("dns"):
            name_servers([resolver], self.place.pod.options)

    def _route(self) -> None:
        if self.place.options.get("routes", "policy") == "replaced":
            run("home", *f"ip route replace {VPN} via {self.place.pod.router} dev eth0".split())
            run("home", *f"ip route replace default dev {self.device}".split())
            return
        options = self.place.options
        networks = {
            "-4": options.get("networks", ["default"]),
            "-6": options.get("networks6", ["default"] if self.ipv6 else []),
        }
        for option, routed in networks.items():
            ip = [*self.rights, "ip", option]
            for network in routed:
                route = f"{network} table {TABLE}"
                first = " metric 500" if options.get("prohibit") else ""
                run("home", *ip, *f"route add {route} dev {self.device}{first}".split())
                if options.get("prohibit"):
                    run("home", *ip, *f"route replace prohibit {route} metric 900".split())
            if routed and TABLE not in run("home", "ip", option, "rule"):
                for rule in RULES:
                    run("home", *ip, "rule", "add", *rule.split())

    def connect(self) -> Program:
        """The home's interface, up and with its address, without any route through it.

        A program that lacks the rights for it has ended.
        """
        (own, _), (_, peer) = self.keys
        settings = f"[Interface]\nPrivateKey={own}\nFwMark={MARK}\n"
        settings += f"[Peer]\nPublicKey={peer}\nEndpoint={VPN}:{WIREGUARD_PORT}\n"
        settings += f"AllowedIPs=0.0.0.0/0{',::/0' if self.ipv6 else ''}\nPersistentKeepalive=5\n"
        program = self._interface("home", self.device, settings, f"{TUNNEL_HOME}/32", self.rights)
        if self.ipv6:
            run("home", "ip", "address", "add", f"{TUNNEL_HOME6}/128", "dev", self.device, "nodad")
        return program

    def _interface(
        self, namespace: str, device: str, settings: str, address: str, rights: Sequence[str]
    ) -> Program:
        log = self.place.folder / f"{device}.log"
        socket = Path(f"/run/wireguard/{device}.sock")
        # One that was killed leaves it behind.
        socket.unlink(missing_ok=True)
        if rights:
            # Another user's program has its socket there and reads its settings here.
            socket.parent.chmod(0o777)
            self.place.folder.chmod(0o711)
        program = start(namespace, [*rights, "wireguard-go", "--foreground", device], log)
        wait_until(lambda: socket.exists() or program.poll() is not None, f"wireguard-go's {device}")
        if program.poll() is not None:
            return program
        file = self.place.folder / f"{device}.conf"
        file.write_text(settings)
        run(namespace, *rights, "wg", "setconf", device, str(file))
        run(namespace, *rights, "ip", "address", "add", address, "dev", device)
        run(namespace, *rights, "ip", "link", "set", device, "mtu", "1420", "up")
        return program

    def stop(self) -> None:
        """As `wg-quick down`: the interface and its ip rules go, and resolv.conf is what it was.

        protonwire with its kill switch leaves all of that (7.5.3, __protonvpn_disconnect).
        """
        super().stop()
        if self.place.options.get("prohibit"):
            return
        if self.place.options.get("dns"):
            name_servers([self.place.pod.resolver], self.place.pod.options)
        for option in ("-4", "-6"):
            for rule in RULES:
                run("home", *f"ip {option} rule delete {rule}".split(), check=False)

    def state(self) -> dict[str, str | int]:
        """WireGuard has no state to show beyond its packets, but where it could not start."""
        code = self.program.poll() if self.program else None
        return {"wireguard-go": f"exited {code}"} if code is not None and code > 0 else {}
