"""Events in which containers start, each in its order, or start again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.oracles.lab.processes import wait_until
from tests.oracles.lab.windows import AGAIN, DOWN, OPEN, STARTING, UP, established, later

if TYPE_CHECKING:
    from tests.oracles.lab.measure import Run

# Seconds between the client's process and the VPN's
HEAD_STARTS = (0, 0.2, 0.5, 1, 2, 5)


def client_first(seconds: float) -> Callable[[Run], Iterator[str]]:
    """As the kubelet starts ordinary containers where the client's stands first: it waits for nothing."""

    def event(run: Run) -> Iterator[str]:
        run.give_torrent()
        run.client.launch()
        with ThreadPoolExecutor(1) as pool:
            tunnel = pool.submit(later, seconds, run.tunnel.start)
            yield STARTING
            tunnel.result()
        yield OPEN
        yield UP

    return event


def vpn_first(seconds: float) -> Callable[[Run], Iterator[str]]:
    """The VPN's container is started, which says nothing of its tunnel, and then the client's.

    At once for ordinary containers; a second later for a native sidecar without a startup probe, whose start
    the kubelet has to notice first (it asks the runtime once a second: genericPlegRelistPeriod in kubernetes'
    pkg/kubelet/kubelet.go).
    """

    def event(run: Run) -> Iterator[str]:
        run.give_torrent()
        with ThreadPoolExecutor(1) as pool:
            tunnel = pool.submit(run.tunnel.start)
            time.sleep(seconds)
            run.client.launch()
            yield STARTING
            tunnel.result()
        yield OPEN
        yield UP

    return event


def after_probe(run: Run) -> Iterator[str]:
    """A native sidecar whose startup probe asks what gluetun's health check asks: is the tunnel usable."""
    run.give_torrent()
    run.tunnel.start()
    wait_until(run.answers, "an answer through the tunnel")
    run.client.launch()
    yield STARTING
    yield UP


def client_restart(run: Run) -> Iterator[str]:
    yield from established(run)
    run.client.kill()
    run.client.launch()
    yield STARTING
    yield UP


def client_restart_without_vpn(run: Run) -> Iterator[str]:
    """Both die, and the client is back first.

    Ordinary containers are restarted each for itself. Only where the client is the one ordinary container
    beside a native sidecar does the kubelet start over, and wait for its probe (kubernetes'
    kuberuntime_container.go, computeInitContainerActions).
    """
    yield from established(run)
    run.tunnel.crash()
    run.client.kill()
    run.client.launch()
    yield STARTING
    yield DOWN


def both_restart(run: Run) -> Iterator[str]:
    yield from established(run)
    run.tunnel.crash()
    yield DOWN
    run.tunnel.start()
    run.client.kill()
    run.client.launch()
    yield STARTING
    yield AGAIN
