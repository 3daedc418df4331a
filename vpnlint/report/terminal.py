"""The terminal: its width and abilities, styled lines, and a progress bar."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self, TextIO, TypeAlias

from vpnlint.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

# A line consists of parts, each a text and its style (one of rich's, or empty).
Line: TypeAlias = list[tuple[str, str]]

_NO_TERMINAL_WIDTH = 120
# The style of each level, in rich's terms.
STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "notice": "bold blue",
    "doubt": "bold cyan",
    "unknown": "bold magenta",
}


class Screen(NamedTuple):
    """What an output can show: cells per line, colour, links."""

    width: int
    colour: bool
    links: bool


PLAIN = Screen(_NO_TERMINAL_WIDTH, colour=False, links=False)


def detect_screen(stream: TextIO) -> Screen:
    """Return what a stream can show."""
    return Screen(
        find_width(stream), wants_colour(stream), stream.isatty() and wants_colour(stream) and _knows_links()
    )


def wants_colour(stream: TextIO) -> bool:
    """Tell whether to use colour: on a terminal or with FORCE_COLOR, never with NO_COLOR.

    NO_COLOR: no-color.org; FORCE_COLOR: force-color.org. pre-commit runs its hooks in a pseudo-terminal
    (pre-commit/pre-commit#1169), so PRE_COMMIT, which it sets for them, counts as no terminal.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and not _is_restrained())


def _is_restrained() -> bool:
    return bool(os.environ.get("PRE_COMMIT")) or os.environ.get("TERM") in ("dumb", "unknown")


def _knows_links() -> bool:
    """Tell whether the terminal is known to support OSC 8 links; others may print them as text.

    The variables are those that terminals set themselves (as in github.com/zkat/supports-hyperlinks 3.1.0).
    """
    version = os.environ.get("VTE_VERSION", "")
    return (
        (version.isdecimal() and int(version) >= _VTE_WITH_LINKS)
        or os.environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper")
        or os.environ.get("TERM") in ("xterm-kitty", "alacritty", "xterm-ghostty", "foot")
        or any(name in os.environ for name in ("WT_SESSION", "DOMTERM", "KONSOLE_VERSION"))
    )


# The first VTE without the crash of https://bugzilla.gnome.org/show_bug.cgi?id=779734 (0.50).
_VTE_WITH_LINKS = 5000


def find_width(stream: TextIO) -> int:
    """Return how many cells a line has on this stream: COLUMNS, the terminal's width, or a fixed number."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _NO_TERMINAL_WIDTH
    except (OSError, ValueError):
        return _NO_TERMINAL_WIDTH


def write_text(stream: TextIO, text: str) -> None:
    """Write `text`; a reader that closes the pipe early is no error.

    Raises UsageError if the text cannot be written.
    """
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The interpreter flushes again at exit and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise UsageError(f"cannot write the output: {error.strerror}") from error


def paint_lines(lines: Iterable[Line], screen: Screen) -> str:
    """Return lines as text for a screen; none starts like a command to the GitHub runner."""
    safe = map(_defuse_line, lines)
    if not screen.colour:
        return "".join("".join(text for text, _ in line) + "\n" for line in safe)
    from rich.console import Console
    from rich.text import Text

    console = Console(
        force_terminal=True,
        color_system="standard",
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    with console.capture() as capture:
        for line in safe:
            parts = [(text, style if screen.links else _remove_link(style)) for text, style in line]
            console.print(Text.assemble(*parts), soft_wrap=True)
    return capture.get()


def _defuse_line(line: Line) -> Line:
    """Return a line that the runner does not take for a command, which starts with `::` behind any blanks.

    Source: actions/runner 2.336.0, src/Runner.Common/ActionCommand.cs, TryParseV2.
    """
    start = "".join(text for text, _ in line).lstrip()[:2]
    return [("| ", "dim"), *line] if start == "::" else line


def _remove_link(style: str) -> str:
    return style.partition(" link ")[0].removeprefix("link ") if "link " in style else style


class Progress:
    """A bar on standard error that appears when a run takes long, and disappears at its end.

    It is a context manager; call it with the number of files read so far.
    """

    def __init__(self, delay: float = 1.0) -> None:
        """Take the seconds after which the bar appears."""
        self._due = time.monotonic() + delay
        self._wanted = sys.stderr.isatty() and not _is_restrained()
        self._bar: RichProgress | None = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, files: int) -> None:
        """Show the number of files read so far."""
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
