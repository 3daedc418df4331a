"""OpenVPN: a real server pushes a default route and a resolver, and the home's client takes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.oracles.lab.processes import LabError, Program, run, start, wait_until
from tests.oracles.lab.topology import TUNNEL_HOME, TUNNEL_VPN, VPN, WIREGUARD_PORT
from tests.oracles.lab.tunnels import PairOfPrograms, Place

SERVER = "tun-server"
# What a provider pushes. The client takes the server for dead after four seconds of silence, where providers
# mostly give it a minute: what it then does falls into the window.
PUSHED = ("redirect-gateway def1", f"dhcp-option DNS {TUNNEL_VPN}", "ping 1", "ping-restart 4")
# As the scripts of images do: Alpine's openvpn-up.sh and haugene's tunnelUp.sh (4f22965b2) write the pushed
# resolvers over resolv.conf, and the scripts for the end put back what was there.
UP = """#!/bin/sh
[ -e {kept} ] || cp /etc/resolv.conf {kept}
echo "nameserver ${{foreign_option_1##* }}" > /etc/resolv.conf
"""
DOWN = """#!/bin/sh
cat {kept} > /etc/resolv.conf
rm {kept}
"""
# haugene's transmission/start.sh (4f22965b2), with DROP_DEFAULT_ROUTE=true
DROP = '#!/bin/sh\nip route del default via "$route_net_gateway"\n'


class OpenVPN(PairOfPrograms):
    """Options.

    `script`: an `up` script puts the pushed resolver into resolv.conf, and a `down` script takes it out.
    `push`: more that the server pushes. `forgets_device`: the client's configuration lacks persist-tun.
    `drop_default`: the default route is removed once the tunnel is up. Ended by SIGTERM, OpenVPN takes its
    routes and device away, and runs the `down` script.
    """

    device = "tun0"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.names = {"server": "", "client": ""}

    def _certify(self, name: str) -> str:
        """Make a key and a certificate that signs itself; returns its fingerprint."""
        folder = self.place.folder
        parts = [f"-keyout {folder}/{name}.key -out {folder}/{name}.crt -subj /CN={name}"]
        kind = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        run(None, *f"openssl req {kind} {parts[0]}".split())
        told = run(None, *f"openssl x509 -in {folder}/{name}.crt -noout -fingerprint -sha256".split())
        return told.strip().partition("=")[2]

    def prepare(self) -> None:
        if not all(self.names.values()):
            self.names = {name: self._certify(name) for name in self.names}
        lines = ["tls-server", "mode server", "topology subnet", "dh none", "keepalive 1 4"]
        lines += [
            f"ifconfig {TUNNEL_VPN} 255.255.255.0",
            f"ifconfig-pool {TUNNEL_HOME} 10.64.0.9 255.255.255.0",
        ]
        pushed = (
            "topology subnet",
            f"route-gateway {TUNNEL_VPN}",
            *PUSHED,
            *self.place.options.get("push", []),
        )
        lines += [f'push "{line}"' for line in pushed]
        self.server = self._launch("vpn", "server", "client", SERVER, lines)
        wait_until(lambda: TUNNEL_VPN in run("vpn", "ip", "-4", "address"), "the OpenVPN server's device")

    def _launch(self, place: str, name: str, peer: str, device: str, lines: Sequence[str]) -> Program:
        folder = self.place.folder
        common = ["dev-type tun", f"dev {device}", "proto udp4", "verb 3", "data-ciphers AES-256-GCM"]
        common += [f"cert {folder}/{name}.crt", f"key {folder}/{name}.key", "disable-dco", "tun-mtu 1400"]
        common += [f"peer-fingerprint {self.names[peer]}", "script-security 2", "nobind" * (name == "client")]
        common += [f"port {WIREGUARD_PORT}"] * (name == "server")
        file = folder / f"openvpn-{name}.conf"
        file.write_text("".join(f"{line}\n" for line in (*common, *lines) if line))
        return start(place, ["openvpn", "--config", str(file)], folder / f"openvpn-{name}.log")

    def start(self) -> None:
        options = self.place.options
        lines = ["client", f"remote {VPN} {WIREGUARD_PORT}", "resolv-retry infinite", "connect-retry 1 2"]
        lines += ["persist-key", *(() if options.get("forgets_device") else ("persist-tun",))]
        if options.get("script"):
            lines += [f"up {self._script('up', UP)}", f"down {self._script('down', DOWN)}"]
        if options.get("drop_default"):
            lines += [f"route-up {self._script('drop', DROP)}"]
        log = self.place.folder / "openvpn-client.log"
        log.unlink(missing_ok=True)
        self.program = self._launch("home", "client", "server", self.device, lines)
        done = "Initialization Sequence Completed"
        # A start without a way to the server is part of what is measured.
        with suppress(LabError):
            wait_until(lambda: done in log.read_text(), "OpenVPN's client", 8)

    def _script(self, name: str, text: str) -> Path:
        file = self.place.folder / f"{name}.sh"
        file.write_text(text.format(kept=self.place.folder / "resolv.conf.kept"))
        file.chmod(0o755)
        return file

    def state(self) -> dict[str, str | int]:
        """Whether the device is there, as OpenVPN itself shows nothing."""
        links = run("home", "ip", "-brief", "link", "show", "dev", self.device, check=False)
        return {"device": "there" if links else "gone"}
