"""Tailscale over Headscale: the vpn is the exit node, the home uses it."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

from tests.oracles.lab.processes import LabError, Program, end, run, start, wait_until
from tests.oracles.lab.programs import built
from tests.oracles.lab.topology import PUBLIC_RESOLVER, TAILSCALE_PORTS
from tests.oracles.lab.tunnels import Place
from tests.oracles.lab.tunnels.headscale import ADDRESS, Headscale

# Headscale hands addresses out in order: the exit node is the first to come.
EXIT_NODE, HOME_NODE = "100.64.0.1", "100.64.0.2"
# The exit node is another machine, with files of its own: where resolv.conf is not tailscaled's, it deletes
# the copy that it finds in /etc (tailscale v1.102.5, net/dns/direct.go, restoreBackup), and that was the
# home's.
OTHER_MACHINE = [
    *("unshare", "--mount", "sh", "-ec"),
    (
        "mount -t tmpfs tmpfs /mnt; touch /mnt/resolv.conf; mount --bind /etc/resolv.conf /mnt/resolv.conf; "
        "mkdir /mnt/changed /mnt/work; "
        "mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/changed,workdir=/mnt/work /etc; "
        'mount --bind /mnt/resolv.conf /etc/resolv.conf; exec "$@"'
    ),
    "machine",
]
QUIET = {"TS_NO_LOGS_NO_SUPPORT": "true", "TS_DEBUG_FIREWALL_MODE": "nftables"}


class Node:
    """One tailscaled with its state in a folder of its own."""

    def __init__(self, namespace: str, folder: Path, port: int, certificate: Path) -> None:
        self.namespace, self.port = namespace, port
        self.folder = folder / f"tailscale-{namespace}"
        self.environment = {**QUIET, "SSL_CERT_FILE": str(certificate), "TS_LOGS_DIR": str(folder)}
        self.program: Program | None = None

    def start(self, *arguments: str) -> None:
        """Start tailscaled with the state that is there; it goes on as it was."""
        self.folder.mkdir(exist_ok=True)
        machine = OTHER_MACHINE if self.namespace != "home" else []
        command = [*machine, str(built("tailscaled")), f"--statedir={self.folder}", f"--socket={self.socket}"]
        command += [f"--state={self.folder}/state", f"--port={self.port}", *arguments]
        log = self.folder.parent / f"tailscaled-{self.namespace}.log"
        self.program = start(self.namespace, command, log, self.environment)
        wait_until(lambda: self.backend(), f"tailscaled in {self.namespace}")

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    def ask(self, *arguments: str, check: bool = True) -> str:
        """What the tailscale command says."""
        command = ("timeout", "30", str(built("tailscale")), f"--socket={self.socket}", *arguments)
        return run(self.namespace, *command, check=check, environment=self.environment)

    def up(self, key: str, *arguments: str, control: str = ADDRESS, accept_dns: bool = False) -> None:
        """Log in; a firewall may make that impossible, which is for the scenario to show."""
        names = f"--accept-dns={str(accept_dns).lower()}"
        login = (f"--login-server={control}", f"--authkey={key}", names, "--timeout=12s")
        self.ask("up", *login, f"--hostname={self.namespace}", *arguments, check=False)

    def backend(self) -> str:
        """tailscaled's own word for its state; empty when it does not answer."""
        status = self.ask("status", "--json", check=False)
        return str(json.loads(status)["BackendState"]) if status.startswith("{") else ""

    def end(self, number: signal.Signals) -> None:
        assert self.program
        end(self.program, number)


class Tailscale:
    """Options: `userspace` (no device), `arguments` for `tailscale up`, `control` (the server's address).

    With `accept_dns` tailscaled puts its own resolver into resolv.conf, as TS_ACCEPT_DNS=true does.
    """

    device = "tailscale0"
    clients = "home"
    address = HOME_NODE

    def __init__(self, place: Place) -> None:
        self.place = place
        self.control = Headscale(place.folder)
        home_port, exit_port = TAILSCALE_PORTS
        self.exit = Node("vpn", place.folder, exit_port, self.control.certificate)
        self.home = Node("home", place.folder, home_port, self.control.certificate)
        self.key = ""
        self.login = place.options.get("control", ADDRESS)
        self.accept_dns = bool(place.options.get("accept_dns"))

    def prepare(self) -> None:
        # What the exit node asks for others
        Path("/etc/netns/vpn").mkdir(parents=True, exist_ok=True)
        Path("/etc/netns/vpn/resolv.conf").write_text(f"nameserver {PUBLIC_RESOLVER}\n")
        self.control.start()
        self.key = self.control.key()
        self.exit.start()
        self.exit.up(self.key, "--advertise-exit-node")
        if EXIT_NODE not in self.exit.ask("ip", "-4"):
            raise LabError("the exit node did not come up first")

    def start(self) -> None:
        fresh = not (self.home.folder / "state").exists()
        self._start_home()
        if fresh:
            self.home.up(
                self.key,
                f"--exit-node={EXIT_NODE}",
                *self.place.options.get("arguments", []),
                control=self.login,
                accept_dns=self.accept_dns,
            )
        else:
            wait_until(lambda: self.home.backend() == "Running", "tailscaled with its old state")

    def _start_home(self) -> None:
        userspace = self.place.options.get("userspace")
        self.home.start("--tun=userspace-networking" if userspace else f"--tun={self.device}")

    def crash(self) -> None:
        self.home.end(signal.SIGKILL)

    def stop(self) -> None:
        self.home.end(signal.SIGTERM)

    def lose_peer(self) -> None:
        self.exit.end(signal.SIGKILL)

    def find_peer(self) -> None:
        self.exit.start()
        wait_until(lambda: self.exit.backend() == "Running", "the exit node with its old state")

    def clear(self, how: str) -> None:
        self.home.ask(*{"unset": ("set", "--exit-node=")}.get(how, (how,)))

    def forget(self) -> None:
        """An empty state; someone logs in again by hand and does not think of the exit node."""
        shutil.rmtree(self.home.folder)
        self._start_home()
        self.home.up(self.key)

    def state(self) -> dict[str, str | int]:
        """What Tailscale itself would show while the packets were counted."""
        return {"backend": self.home.backend(), "nodes": self.control.nodes()}
