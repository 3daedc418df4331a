"""Tunnels: each can start, crash, lose its peer and come back; some can do more."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.oracles.lab.processes import Program, end
from tests.oracles.lab.topology import TUNNEL_HOME, Pod


@dataclass(frozen=True)
class Place:
    """What a tunnel is made with: a folder for its files, the Pod it stands in, and its options."""

    folder: Path
    pod: Pod
    options: Mapping[str, Any] = field(default_factory=dict)


# As a device that the container runtime makes, which any user may open; what then fails is for want of a
# right.
OPEN_TUN = [
    *("unshare", "--mount", "sh", "-ec"),
    (
        "mount -t tmpfs tmpfs /mnt; mknod -m 666 /mnt/tun c 10 200; "
        'mount --bind /mnt/tun /dev/net/tun; exec "$@"'
    ),
    "tun",
]


class Tunnel(Protocol):
    """The home's way to the vpn."""

    device: str
    clients: str
    """The network namespace that the client runs in."""

    def __init__(self, place: Place) -> None: ...

    @property
    def address(self) -> str:
        """The home's address in the tunnel."""

    def prepare(self) -> None:
        """Start the far side; nothing at home yet."""

    def start(self) -> None:
        """Bring the tunnel up, or back up after `crash` or `stop`."""

    def crash(self) -> None:
        """Kill the program that makes the tunnel."""

    def stop(self) -> None:
        """End the program that makes the tunnel as the kubelet does (SIGTERM), so that it can tidy up."""

    def lose_peer(self) -> None:
        """Kill the far side."""

    def state(self) -> dict[str, str | int]:
        """What the tunnel's own program says of itself; may be empty."""


class PairOfPrograms(ABC):
    """A tunnel between two programs, `program` at home and `server` on the far side."""

    clients = "home"
    address = TUNNEL_HOME

    def __init__(self, place: Place) -> None:
        self.place = place
        self.server: Program | None = None
        self.program: Program | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Start the far side."""

    def crash(self) -> None:
        assert self.program
        end(self.program, signal.SIGKILL)

    def stop(self) -> None:
        assert self.program
        end(self.program, signal.SIGTERM)

    def lose_peer(self) -> None:
        assert self.server
        end(self.server, signal.SIGKILL)

    def find_peer(self) -> None:
        self.prepare()
