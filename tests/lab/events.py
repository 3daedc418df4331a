"""What goes wrong, as a story: each event sets things up, and yields wherever a window is to be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from lab.measure import Run

UP, DOWN = "all started", "tunnel down"
# Shows that all was well, or what was not; says nothing about the event.
BEFORE = "before the event"


@runtime_checkable
class Forgetful(Protocol):
    """A tunnel whose routing can be cleared while it runs, and which keeps an identity."""

    def clear(self, how: str) -> None:
        """Stop using the exit node: `unset`, `down` or `logout`."""

    def forget(self) -> None:
        """Come back as after a Pod's re-creation: no state, and whatever settings come from outside."""


def steady(run: Run) -> Iterator[str]:
    run.tunnel.start()
    run.start_client()
    yield UP


def start_up(run: Run) -> Iterator[str]:
    run.start_client()
    yield "before the tunnel"
    run.tunnel.start()
    yield UP


def start_together(run: Run) -> Iterator[str]:
    """As the kubelet starts ordinary containers: the VPN's first, the client's at once after it."""
    with ThreadPoolExecutor(1) as pool:
        tunnel = pool.submit(run.tunnel.start)
        run.start_client()
        yield "while starting"
        tunnel.result()
    yield UP


def vpn_crash(run: Run) -> Iterator[str]:
    yield from established(run)
    run.tunnel.crash()
    yield DOWN


def vpn_restart(run: Run) -> Iterator[str]:
    yield from established(run)
    run.tunnel.crash()
    yield DOWN
    run.tunnel.start()
    yield "tunnel up again"


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


def established(run: Run) -> Iterator[str]:
    """The common beginning: all is up and the client has been at work for a while."""
    run.tunnel.start()
    run.start_client()
    yield BEFORE


EVENTS: dict[str, Callable[[Run], Iterator[str]]] = {
    "steady": steady,
    "start-together": start_together,
    "start-up": start_up,
    "vpn-crash": vpn_crash,
    "vpn-restart": vpn_restart,
    "peer-unreachable": peer_unreachable,
    "exit-node-unset": exit_node_cleared("unset"),
    "vpn-down": exit_node_cleared("down"),
    "vpn-logout": exit_node_cleared("logout"),
    "state-lost": state_lost,
}
