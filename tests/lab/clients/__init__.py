"""Torrent clients, each told to announce, fetch and add in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Setup:
    """What a client is started with: settings in its own words, environment, and whether DHT is on."""

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    dht: bool = False


class Client(Protocol):
    """One torrent client in the home's namespace."""

    def __init__(self, setup: Setup) -> None: ...

    def start(self) -> None:
        """Start it and wait until it takes commands."""

    def add(self, torrent: Path) -> None:
        """Add a torrent file and begin."""

    def announce(self) -> None:
        """Make it announce every torrent now."""

    def fetch(self, address: str) -> None:
        """Make it fetch a torrent by URL."""
