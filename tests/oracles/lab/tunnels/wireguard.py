"""WireGuard by wireguard-go, with the routes of wg-quick or with a replaced default route."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.oracles.lab.processes import Program, end, run, start, wait_until
from tests.oracles.lab.topology import TUNNEL_HOME, TUNNEL_VPN, VPN, WIREGUARD_PORT
from tests.oracles.lab.tunnels import Place

# wg-quick's choice: packets that WireGuard itself sends carry the mark and escape the tunnel's table.
TABLE = MARK = "51820"
SERVER = "server0"


class WireGuard:
    """Option `routes`: `policy` (wg-quick, the default) or `replaced` (the default route itself is moved)."""

    device = "wg0"
    address = TUNNEL_HOME

    def __init__(self, place: Place) -> None:
        self.place = place
        self.server: Program | None = None
        self.program: Program | None = None
        self.keys = [self._key_pair(), self._key_pair()]

    @staticmethod
    def _key_pair() -> tuple[str, str]:
        private = run(None, "wg", "genkey").strip()
        return private, run(None, "wg", "pubkey", given=private).strip()

    def prepare(self) -> None:
        (_, peer), (own, _) = self.keys
        settings = f"[Interface]\nPrivateKey={own}\nListenPort={WIREGUARD_PORT}\n"
        settings += f"[Peer]\nPublicKey={peer}\nAllowedIPs={TUNNEL_HOME}/32\n"
        self.server = self._interface("vpn", SERVER, settings, f"{TUNNEL_VPN}/24")

    def start(self) -> None:
        self.program = self.connect()
        if self.place.options.get("routes", "policy") == "replaced":
            run("home", *f"ip route replace {VPN} via {self.place.pod.router} dev eth0".split())
            run("home", *f"ip route replace default dev {self.device}".split())
            return
        run("home", *f"ip route add default dev {self.device} table {TABLE}".split())
        if TABLE not in run("home", "ip", "rule"):
            run("home", *f"ip rule add not fwmark {MARK} table {TABLE}".split())
            run("home", "ip", "rule", "add", "table", "main", "suppress_prefixlength", "0")

    def connect(self) -> Program:
        """The home's interface, up and with its address, without any route through it."""
        (own, _), (_, peer) = self.keys
        settings = f"[Interface]\nPrivateKey={own}\nFwMark={MARK}\n"
        settings += f"[Peer]\nPublicKey={peer}\nEndpoint={VPN}:{WIREGUARD_PORT}\nAllowedIPs=0.0.0.0/0\n"
        settings += "PersistentKeepalive=5\n"
        return self._interface("home", self.device, settings, f"{TUNNEL_HOME}/32")

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

    def lose_peer(self) -> None:
        assert self.server
        end(self.server, signal.SIGKILL)

    def state(self) -> dict[str, str | int]:
        """WireGuard has no state to show beyond its packets."""
        return {}
