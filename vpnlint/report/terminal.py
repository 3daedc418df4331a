"""The terminal: what it can show, how wide it is, painted lines, and a progress bar."""

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

# A line is its parts, each a text and how it is painted (a style of rich, or nothing).
Line: TypeAlias = list[tuple[str, str]]

_NO_TERMINAL_WIDTH = 120
# How a level is painted, in the styles of rich.
STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "notice": "bold blue",
    "doubt": "bold cyan",
    "unknown": "bold magenta",
}


class Screen(NamedTuple):
    """What output may look like: cells per line, whether it is painted, whether it has links."""

    width: int
    colour: bool
    links: bool


PLAIN = Screen(_NO_TERMINAL_WIDTH, colour=False, links=False)


def detect_screen(stream: TextIO) -> Screen:
    """Return what can be shown on a stream."""
    return Screen(
        find_width(stream), wants_colour(stream), stream.isatty() and wants_colour(stream) and _knows_links()
    )


def wants_colour(stream: TextIO) -> bool:
    """Tell whether to paint: on a terminal or with FORCE_COLOR, never with NO_COLOR.

    NO_COLOR: no-color.org; FORCE_COLOR: force-color.org. pre-commit gives its hooks a terminal of its own
    making (pre-commit/pre-commit#1169), so PRE_COMMIT, which it sets for them, has to be asked for.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and not _restrained())


def _restrained() -> bool:
    return bool(os.environ.get("PRE_COMMIT")) or os.environ.get("TERM") in ("dumb", "unknown")


def _knows_links() -> bool:
    """Tell whether the terminal is known to show OSC 8 links; others may print them.

    Variables: those that the terminals set themselves, as github.com/zkat/supports-hyperlinks 3.1.0 asks for
    them.
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
    """Return how many cells a line has on this stream.

    COLUMNS overrules, and a fixed number where it is no terminal.
    """
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _NO_TERMINAL_WIDTH
    except (OSError, ValueError):
        return _NO_TERMINAL_WIDTH


def write_text(stream: TextIO, text: str) -> None:
    """Write `text`.

    Whoever reads may stop reading at any time. Raises UsageError when it cannot be written.
    """
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The interpreter flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise UsageError(f"cannot write the output: {error.strerror}") from error


def paint_lines(lines: Iterable[Line], screen: Screen) -> str:
    """Return lines as text for a screen; none of them starts as a command to the GitHub runner does."""
    safe = map(_defused, lines)
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
            parts = [(text, style if screen.links else _without_link(style)) for text, style in line]
            console.print(Text.assemble(*parts), soft_wrap=True)
    return capture.get()


def _defused(line: Line) -> Line:
    """Return a line that the runner does not take for a command: `::` at its start, blanks aside.

    Source: actions/runner 2.336.0, src/Runner.Common/ActionCommand.cs, TryParseV2.
    """
    start = "".join(text for text, _ in line).lstrip()[:2]
    return [("| ", "dim"), *line] if start == "::" else line


def _without_link(style: str) -> str:
    return style.partition(" link ")[0].removeprefix("link ") if "link " in style else style


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
