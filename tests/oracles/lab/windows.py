"""The windows of the events, by their names, and how most events begin."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.oracles.lab.measure import Run

UP, DOWN, AGAIN = "all started", "tunnel down", "tunnel up again"
STOPPED = "tunnel stopped"
# Shows that all was well, or what was not; says nothing about the event.
BEFORE = "before the event"
# The client is left alone in these: what it does by itself from its process's start on, and over connections
# it opened then.
STARTING, OPEN = "while starting", "connections already open"


def established(run: Run) -> Iterator[str]:
    """The common beginning: all is up and the client has been at work for a while."""
    run.tunnel.start()
    run.start_client()
    yield BEFORE


def later(seconds: float, call: Callable[[], None]) -> None:
    time.sleep(seconds)
    call()
