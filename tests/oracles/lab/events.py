"""What goes wrong, as a story: each event sets things up, and yields wherever a window is to be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tests.oracles.lab.starts import (
    HEAD_STARTS,
    after_probe,
    both_restart,
    client_first,
    client_restart,
    client_restart_without_vpn,
    vpn_first,
)
from tests.oracles.lab.windows import AGAIN, DOWN, STOPPED, UP, established, later

if TYPE_CHECKING:
    from tests.oracles.lab.measure import Run


@runtime_checkable
class Forgetful(Protocol):
    """A tunnel whose routing can be cleared while it runs, and which keeps an identity."""

    def clear(self, how: str) -> None:
        """Stop using the exit node: `unset`, `down` or `logout`."""

    def forget(self) -> None:
        """Come back as after a Pod's re-creation: no state, and whatever settings come from outside."""


@runtime_checkable
class Recoverable(Protocol):
    """A tunnel whose far side comes back."""

    def find_peer(self) -> None:
        """Start the far side again after `lose_peer`."""


def steady(run: Run) -> Iterator[str]:
    run.tunnel.start()
    run.start_client()
    yield UP


def start_up(run: Run) -> Iterator[str]:
    run.start_client()
    yield "before the tunnel"
    run.tunnel.start()
    yield UP


def vpn_crash(run: Run) -> Iterator[str]:
    yield from established(run)
    run.begin()
    run.tunnel.crash()
    yield DOWN


def vpn_restart(run: Run) -> Iterator[str]:
    yield from established(run)
    run.begin()
    run.tunnel.crash()
    yield DOWN
    run.tunnel.start()
    yield AGAIN


def vpn_stop(run: Run) -> Iterator[str]:
    """The kubelet ends a container whose liveness probe fails by SIGTERM, and starts it in the same Pod."""
    yield from established(run)
    run.begin()
    run.tunnel.stop()
    yield STOPPED
    run.tunnel.start()
    yield AGAIN


def life(run: Run) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Several events in one run, for a client that remembers nothing: each phase with its events.

    The client goes on asking while the tunnel comes up, which is when resolv.conf and routes change.
    """
    run.start_client()
    yield "before the tunnel", ("start-up",)
    run.tunnel.start()
    yield UP, ("start-up", "steady")
    run.tunnel.lose_peer()
    yield "peer unreachable", ("peer-unreachable",)
    assert isinstance(run.tunnel, Recoverable)
    run.tunnel.find_peer()
    run.tunnel.stop()
    yield STOPPED, ("vpn-stop",)
    with ThreadPoolExecutor(1) as pool:
        tunnel = pool.submit(later, AHEAD, run.tunnel.start)
        yield AGAIN, ("vpn-stop",)
        tunnel.result()
    run.tunnel.crash()
    yield DOWN, ("vpn-crash", "vpn-restart")
    with ThreadPoolExecutor(1) as pool:
        tunnel = pool.submit(later, AHEAD, run.tunnel.start)
        yield AGAIN, ("vpn-restart",)
        tunnel.result()


def peer_unreachable(run: Run) -> Iterator[str]:
    yield from established(run)
    run.tunnel.lose_peer()
    yield "peer unreachable"


def exit_node_cleared(how: str) -> Callable[[Run], Iterator[str]]:
    """The three ways in which a running Tailscale stops to use its exit node."""

    def event(run: Run) -> Iterator[str]:
        yield from established(run)
        assert isinstance(run.tunnel, Forgetful)
        run.tunnel.clear(how)
        yield f"after {how}"

    return event


def state_lost(run: Run) -> Iterator[str]:
    yield from established(run)
    run.tunnel.crash()
    assert isinstance(run.tunnel, Forgetful)
    run.tunnel.forget()
    yield "back without its state"


# Seconds that the client asks before a tunnel comes up again
AHEAD = 1.0
# The events that `life` tells
LIFE = ("start-up", "steady", "peer-unreachable", "vpn-stop", "vpn-crash", "vpn-restart")

EVENTS: dict[str, Callable[[Run], Iterator[str]]] = {
    "steady": steady,
    **{f"client-first-{seconds:g}": client_first(seconds) for seconds in HEAD_STARTS},
    "start-together": vpn_first(0),
    "sidecar-started": vpn_first(1),
    "after-probe": after_probe,
    "start-up": start_up,
    "vpn-crash": vpn_crash,
    "vpn-restart": vpn_restart,
    "vpn-stop": vpn_stop,
    "client-restart": client_restart,
    "client-restart-without-vpn": client_restart_without_vpn,
    "both-restart": both_restart,
    "peer-unreachable": peer_unreachable,
    "exit-node-unset": exit_node_cleared("unset"),
    "vpn-down": exit_node_cleared("down"),
    "vpn-logout": exit_node_cleared("logout"),
    "state-lost": state_lost,
}
