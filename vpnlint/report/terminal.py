"""The terminal: what it can show, how wide it is, painted lines, and a progress bar."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from vpnlint.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_NO_TERMINAL_WIDTH = 120
# How a level is painted, in the styles of rich.
STYLES = {"error": "bold red", "warning": "bold yellow", "doubt": "bold cyan", "unknown": "bold magenta"}


def colour(stream: TextIO) -> bool:
    """Tell whether to paint: only a terminal, and not with NO_COLOR (no-color.org) or under pre-commit.

    pre-commit gives its hooks a terminal of its own making (pre-commit/pre-commit#1169), so PRE_COMMIT, which it
    sets for them, has to be asked for.
    """
    return stream.isatty() and not (os.environ.get("NO_COLOR") or _restrained())


def _restrained() -> bool:
    return bool(os.environ.get("PRE_COMMIT")) or os.environ.get("TERM") in ("dumb", "unknown")


def width(stream: TextIO) -> int:
    """Return how many cells a line has on this stream; COLUMNS overrules, and a fixed number where it is no terminal."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _NO_TERMINAL_WIDTH
    except (OSError, ValueError):
        return _NO_TERMINAL_WIDTH


def write(stream: TextIO, text: str) -> None:
    """Write `text`; whoever reads may stop reading at any time. Raises UsageError when it cannot be written."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The interpreter flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise UsageError(f"cannot write the output: {error.strerror}") from error


def paint(lines: Iterable[list[tuple[str, str]]], stream: TextIO) -> str:
    """Return lines of (text, style) as text to write to `stream`, with its colours where it has any."""
    if not colour(stream):
        return "".join("".join(text for text, _ in line) + "\n" for line in lines)
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, highlight=False, emoji=False, markup=False)
    with console.capture() as capture:
        for line in lines:
            console.print(Text.assemble(*line), soft_wrap=True)
    return capture.get()


class Progress:
    """A bar on standard error that appears when a run takes long, and leaves nothing behind.

    A context manager; call it with how many files were looked at so far.
    """

    def __init__(self, delay: float = 1.0) -> None:
        """Take the seconds after which it appears."""
        self._due = time.monotonic() + delay
        self._wanted = sys.stderr.isatty() and not _restrained()
        self._bar: RichProgress | None = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, files: int) -> None:
        """Show that `files` were looked at."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=files)
        elif self._wanted and time.monotonic() >= self._due:
            self._start(files)

    def _start(self, files: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), TextColumn("{task.completed:,} files"), TimeElapsedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._bar.add_task("", total=None, completed=files)
        self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
