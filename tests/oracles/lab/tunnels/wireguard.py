"""WireGuard by wireguard-go: routes and resolver of wg-quick, or a replaced default route."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.oracles.lab.processes import Program, end, run, start, wait_until
from tests.oracles.lab.topology import (
    TUNNEL_HOME,
    TUNNEL_HOME6,
    TUNNEL_VPN,
    TUNNEL_VPN6,
    VPN,
    WIREGUARD_PORT,
    name_servers,
)
from tests.oracles.lab.tunnels import OPEN_TUN, Place

# wg-quick's choice: packets that WireGuard itself sends carry the mark and escape the tunnel's table.
TABLE = MARK = "51820"
SERVER = "server0"


class WireGuard:
    """A tunnel with options.

    `routes`: `policy` (wg-quick, the default) or `replaced` (the default route itself is moved). `ipv6`: the
    tunnel carries it. `rights`: a setpriv option that leaves wireguard-go without the right to make its
    interface. `dns`: a resolver in resolv.conf while the tunnel is up, as wg-quick's `DNS=` puts it there.
    """

    device = "wg0"
    address = TUNNEL_HOME

    def __init__(self, place: Place) -> None:
        self.place = place
        self.server: Program | None = None
        self.program: Program | None = None
        self.ipv6 = bool(place.options.get("ipv6"))
        self.keys = [self._key_pair(), self._key_pair()]

    @staticmethod
    def _key_pair() -> tuple[str, str]:
        private = run(None, "wg", "genkey").strip()
        return private, run(None, "wg", "pubkey", given=private).strip()

    def prepare(self) -> None:
        (_, peer), (own, _) = self.keys
        settings = f"[Interface]\nPrivateKey={own}\nListenPort={WIREGUARD_PORT}\n"
        settings += f"[Peer]\nPublicKey={peer}\nAllowedIPs={TUNNEL_HOME}/32,{TUNNEL_HOME6}/128\n"
        self.server = self._interface("vpn", SERVER, settings, f"{TUNNEL_VPN}/24")
        run("vpn", "ip", "address", "add", f"{TUNNEL_VPN6}/64", "dev", SERVER, "nodad")

    def start(self) -> None:
        if rights := self.place.options.get("rights"):
            command = [*OPEN_TUN, "setpriv", *rights.split(), "wireguard-go", "--foreground", self.device]
            self.program = start("home", command, self.place.folder / "wg.log")
            self.program.wait(10)
            return
        self.program = self.connect()
        self._route()
        if resolver := self.place.options.get("dns"):
            name_servers([resolver], self.place.pod.options)

    def _route(self) -> None:
        if self.place.options.get("routes", "policy") == "replaced":
            run("home", *f"ip route replace {VPN} via {self.place.pod.router} dev eth0".split())
            run("home", *f"ip route replace default dev {self.device}".split())
            return
        for option in ("-4", "-6") if self.ipv6 else ("-4",):
            run("home", *f"ip {option} route add default dev {self.device} table {TABLE}".split())
            if TABLE not in run("home", "ip", option, "rule"):
                run("home", *f"ip {option} rule add not fwmark {MARK} table {TABLE}".split())
                run("home", *f"ip {option} rule add table main suppress_prefixlength 0".split())

    def connect(self) -> Program:
        """The home's interface, up and with its address, without any route through it."""
        (own, _), (_, peer) = self.keys
        settings = f"[Interface]\nPrivateKey={own}\nFwMark={MARK}\n"
        settings += f"[Peer]\nPublicKey={peer}\nEndpoint={VPN}:{WIREGUARD_PORT}\n"
        settings += f"AllowedIPs=0.0.0.0/0{',::/0' if self.ipv6 else ''}\nPersistentKeepalive=5\n"
        program = self._interface("home", self.device, settings, f"{TUNNEL_HOME}/32")
        if self.ipv6:
            run("home", "ip", "address", "add", f"{TUNNEL_HOME6}/128", "dev", self.device, "nodad")
        return program

    def _interface(self, namespace: str, device: str, settings: str, address: str) -> Program:
        log = self.place.folder / f"{device}.log"
        socket = Path(f"/run/wireguard/{device}.sock")
        # One that was killed leaves it behind.
        socket.unlink(missing_ok=True)
        program = start(namespace, ["wireguard-go", "--foreground", device], log)
        wait_until(socket.exists, f"wireguard-go's {device}")
        file = self.place.folder / f"{device}.conf"
        file.write_text(settings)
        run(namespace, "wg", "setconf", device, str(file))
        run(namespace, "ip", "address", "add", address, "dev", device)
        run(namespace, "ip", "link", "set", device, "mtu", "1420", "up")
        return program

    def crash(self) -> None:
        assert self.program
        end(self.program, signal.SIGKILL)

    def stop(self) -> None:
        """As `wg-quick down`: the interface and its ip rules go, and resolv.conf is what it was."""
        assert self.program
        end(self.program, signal.SIGTERM)
        for option in ("-4", "-6"):
            for rule in (f"not fwmark {MARK} table {TABLE}", "table main suppress_prefixlength 0"):
                run("home", *f"ip {option} rule delete {rule}".split(), check=False)
        if self.place.options.get("dns"):
            name_servers([self.place.pod.resolver], self.place.pod.options)

    def lose_peer(self) -> None:
        assert self.server
        end(self.server, signal.SIGKILL)

    def find_peer(self) -> None:
        self.prepare()

    def state(self) -> dict[str, str | int]:
        """WireGuard has no state to show beyond its packets, but where it could not start."""
        code = self.program.poll() if self.program else None
        return {"wireguard-go": f"exited {code}"} if code is not None and code > 0 else {}
