"""Torrent clients, each told to announce, fetch and add in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Setup:
    """What a client is started with.

    Settings in its own words, environment, whether DHT is on, whether an entrypoint writes QBT_… variables
    into the settings, the user's id, the Debian that the client comes from (None: the machine's own), and the
    network namespace that it runs in.
    """

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    dht: bool = False
    entrypoint: bool = False
    user: int = 0
    root: Path | None = None
    place: str = "home"


class Client(Protocol):
    """One torrent client in the home's namespace."""

    talks: bool
    """Whether it announces and goes on by itself once it runs."""

    def __init__(self, setup: Setup) -> None: ...

    def launch(self) -> None:
        """Start its process and wait for nothing; again after `kill` or `stop`, with what it had."""

    def ready(self) -> bool:
        """Whether it takes commands."""

    def kill(self) -> None:
        """End its process as a crash would."""

    def stop(self) -> None:
        """Ask its process to end, so that it keeps what it has."""

    def add(self, torrent: Path) -> None:
        """Add a torrent file and begin."""

    def announce(self) -> None:
        """Make it announce every torrent now."""

    def fetch(self, address: str) -> None:
        """Make it fetch a torrent by URL."""


class OnlyAsks:
    """A program that runs only while it asks something, and keeps nothing."""

    talks = False

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def launch(self) -> None:
        """Nothing goes on between two questions."""

    def ready(self) -> bool:
        return True

    def kill(self) -> None:
        """Nothing runs that could be killed."""

    def stop(self) -> None:
        """Nothing runs that could be stopped."""

    def add(self, torrent: Path) -> None:
        """It has no torrents."""

    def announce(self) -> None:
        """It announces nothing."""

    def fetch(self, address: str) -> None:
        """It fetches nothing."""
