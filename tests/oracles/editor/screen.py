"""A program in a terminal: what it writes, and the keys that somebody presses."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.program import LIMIT

_CONTROL = re.compile(r"\x1b(?:\[[0-9;?>=]*[a-zA-Z]|[()][A-Z0-9]|[=>])")
_LINES, _COLUMNS = 40, 160


class Screen:
    """Runs a program within a `with` block, and kills it at its end."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "TERM": "xterm-256color"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        self._written = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)

    @property
    def text(self) -> str:
        """All that the program has written since the last key, without what moves the cursor."""
        return _CONTROL.sub("", self._written.decode(errors="replace"))

    def press(self, keys: str) -> None:
        """Press keys."""
        self._written = b""
        os.write(self._terminal, keys.encode())

    def press_until(self, keys: str, text: str, refusal: str) -> None:
        """Press keys, and again as often as the program refuses, until it has written a text."""
        end = time.monotonic() + LIMIT
        self.press(keys)
        while self.wait(text, refusal) == refusal:
            assert time.monotonic() < end, self.text
            self.press(keys)

    def wait(self, *texts: str) -> str:
        """Wait until the program has written a text, and return which; fail where it takes too long."""
        end = time.monotonic() + LIMIT
        while True:
            if found := next((text for text in texts if text in self.text), None):
                return found
            assert time.monotonic() < end, self.text
            if select.select([self._terminal], [], [], 1)[0]:
                self._written += os.read(self._terminal, 65536)
