"""What each run of the lab finds ready, as the server that it is forked from imports this module once."""

from __future__ import annotations

from tests.oracles.lab import measure, torrents

PREPARED = (measure, torrents.payload())
