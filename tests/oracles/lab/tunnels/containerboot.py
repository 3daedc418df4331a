"""The entrypoint of Tailscale's image, in a pid namespace of its own like a container."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from tests.oracles.lab.processes import Program, start, wait_until
from tests.oracles.lab.programs import built
from tests.oracles.lab.tunnels import OPEN_TUN, Place
from tests.oracles.lab.tunnels.headscale import ADDRESS
from tests.oracles.lab.tunnels.tailscale import EXIT_NODE, QUIET, Tailscale

# A container's /tmp is its own, and so is its view of the device that it was granted or not.
CONTAINER = 'mount -t tmpfs tmpfs /tmp; [ -z "$MASK_TUN" ] || mount --bind /dev/null /dev/net/tun; exec "$@"'
UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
NO_NET_ADMIN = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]
# What `runAsUser` leaves of added capabilities: nothing in force, since Kubernetes sets no ambient ones.
USER = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"]
NOT_ROOT = [*USER, "--inh-caps=-all"]
AMBIENT = [*USER, "--inh-caps=+net_admin,+net_raw", "--ambient-caps=+net_admin,+net_raw"]
# Root of a user namespace that owns nothing but itself
OWN_USERS = ["unshare", "--user", "--map-root-user"]


class Containerboot(Tailscale):
    """Options: `environment` of the container, `keep_state`, `mask_tun`, `drop_net_admin`.

    `not_root`: as another user, without any capability; with `ambient` with those that were added, and with
    `own_users` as root of a user namespace that does not own the network's.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.program: Program | None = None
        self.volume = place.folder / "volume"

    def start(self) -> None:
        options = self.place.options
        self.home.folder.mkdir(exist_ok=True)
        environment = {
            **QUIET,
            **options.get("environment", {}),
            "SSL_CERT_FILE": str(self.control.certificate),
            "TS_AUTHKEY": self.key,
            "TS_EXTRA_ARGS": f"--login-server={ADDRESS} --exit-node={EXIT_NODE}",
            "TS_HOSTNAME": "home",
            "TS_SOCKET": str(self.home.socket),
            "HOME": str(self.home.folder),
            "MASK_TUN": "yes" if options.get("mask_tun") else "",
        }
        if options.get("keep_state"):
            environment["TS_STATE_DIR"] = str(self.volume)
        dropped = NO_NET_ADMIN if options.get("drop_net_admin") else []
        programs = built("tailscaled").parent
        for option, rights in (("not_root", NOT_ROOT), ("ambient", AMBIENT), ("own_users", OWN_USERS)):
            if options.get(option):
                dropped, programs = [*OPEN_TUN, *rights], self._programs_for_all()
        environment["PATH"] = f"{programs}:{os.environ['PATH']}"
        command = [*UNSHARE, "sh", "-ec", CONTAINER, "container", *dropped, str(programs / "containerboot")]
        log = self.place.folder / "containerboot.log"
        self.program = start("home", command, log, environment)
        wait_until(self._settled, "containerboot", 40)

    def _programs_for_all(self) -> Path:
        """Tailscale's programs where another user may run them, and may write what they write."""
        folder = self.place.folder / "programs"
        shutil.copytree(built("tailscaled").parent, folder)
        for path in (self.place.folder, self.home.folder, folder):
            path.chmod(0o777)
        return folder

    def _settled(self) -> bool:
        assert self.program
        return self.program.poll() is not None or self.home.backend() == "Running"

    def crash(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        """Signal the container's first process.

        Unshare, which waits for it, would not pass it on, nor end with it one that changed its user.
        """
        assert self.program
        parent = self.program.pid
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            os.kill(int(child), number)
        self.program.wait(20)

    def forget(self) -> None:
        """A new Pod: what was not on a volume is gone, the manifest's settings are not."""
        shutil.rmtree(self.home.folder)
        if not self.place.options.get("keep_state"):
            shutil.rmtree(self.volume, ignore_errors=True)
        self.start()

    def state(self) -> dict[str, str | int]:
        assert self.program
        code = self.program.poll()
        if code is not None and code >= 0:
            return {"backend": f"exited {code}", "nodes": self.control.nodes()}
        return super().state()
