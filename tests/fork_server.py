"""The server that processes of the tests are forked from: it has imported what they need.

Python keeps one such server in a process, whatever context asks (multiprocessing.forkserver), so that all
that any test forks must be imported by the same.
"""

from __future__ import annotations

import multiprocessing
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

_IMPORTED = ["tests.preloaded", "tests.oracles.lab.prepared"]


@cache
def get_fork_server() -> ForkServerContext:
    """Return the context whose processes are forked from the server; the first starts it, if nobody did."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(_IMPORTED)
    return server


def start() -> None:
    """Start the server without waiting for it: it imports in a process of its own."""
    get_fork_server()
    forkserver.ensure_running()
