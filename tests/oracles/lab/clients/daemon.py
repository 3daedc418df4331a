"""What the torrent programs have in common: a folder of settings, and one process in the home's namespace."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from pathlib import Path

from tests.oracles.lab.clients import Setup
from tests.oracles.lab.processes import Program, end, start
from tests.oracles.lab.suite import inside


def become(user: int) -> list[str]:
    """What to put before a command that is to run as that user (0: as root, as it is)."""
    return ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"] if user else []


class Daemon(ABC):
    """A client with settings in a folder of its own, named after it."""

    name: str
    talks = True

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.folder = setup.folder / self.name
        self.program: Program | None = None

    @abstractmethod
    def configure(self) -> None:
        """Write the settings of a first start; the folder is there."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.setup.environment)

    def within(self, *command: str) -> list[str]:
        """The command line that runs a program of this client's Debian."""
        return inside(self.setup.root, command)

    def launch(self) -> None:
        if not self.folder.exists():
            self.folder.mkdir()
            self.configure()
            self._give_away()
        log: Path = self.setup.folder / "client.log"
        command = self.within(*become(self.setup.user), *self.command())
        self.program = start(self.setup.place, command, log, self.environment)

    def _give_away(self) -> None:
        """Let the client's user have its folder, and pass through the run's."""
        if self.setup.user:
            self.setup.folder.chmod(0o711)
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.setup.user, self.setup.user)

    def kill(self) -> None:
        assert self.program
        end(self.program, signal.SIGKILL)

    def stop(self) -> None:
        assert self.program
        end(self.program, signal.SIGTERM)
