"""Makes text that others wrote safe to print: file names, messages and lines of manifests."""

from __future__ import annotations

from pathlib import Path, PurePath

from vpnlint.errors import InputError

# Terminals act on C0 and C1 controls. Bidirectional marks make a line read differently from what it says
# (CVE-2021-42574). U+2028, U+2029 and U+FEFF end a line or move the text behind them.
_UNSAFE = dict.fromkeys(
    [
        *range(0x20),
        *range(0x7F, 0xA0),
        0x61C,
        0x200E,
        0x200F,
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
        0xFEFF,
    ]
)
_SPACES = str.maketrans("\t\r\n", "   ")


def clean_text(text: str) -> str:
    """Return `text` as one line without control characters; tabs and line breaks become spaces.

    `##[` becomes `##(`, because the GitHub runner takes it for a command anywhere in a line
    (actions/runner 2.336.0, src/Runner.Common/ActionCommand.cs, TryParse).
    """
    return text.translate(_SPACES).translate(_UNSAFE).replace("##[", "##(")


def clean_line(line: str) -> str:
    """Return a line of a file or a diff, with its tabs and the end of the line, as it may be printed.

    What `clean_text` leaves out is left out, and a line that starts with `::` (behind blanks, which the
    GitHub runner trims) gets a blank between the colons.
    """
    ending = "\r\n" if line.endswith("\r\n") else "\n"
    parts = line.removesuffix("\n").removesuffix("\r").split("\t")
    text = "\t".join(map(clean_text, parts))
    if text.lstrip().startswith("::"):
        text = text.replace("::", ": :", 1)
    return text + ending


def make_relative(file: str, base: Path) -> str:
    """Return the path of `file` relative to the folder `base`, with slashes; unchanged if it is outside."""
    path = PurePath(file)
    full = path if path.is_absolute() else Path.cwd() / path
    return (full.relative_to(base) if full.is_relative_to(base) else path).as_posix()


def escape_path(file: str) -> str:
    """Return a file's path for people to read, relative to the working directory.

    The GitHub runner takes a line that starts with `::` for a command, so such a path gets `./` in front.
    """
    name = clean_text(make_relative(file, Path.cwd()))
    return f"./{name}" if name.lstrip().startswith("::") else name


def describe_problem(problem: InputError) -> str:
    """Return a problem as one line for standard error."""
    position = f":{problem.line}:{problem.column}" if problem.line else ""
    return f"{escape_path(problem.file)}{position}: {clean_text(problem.message)}\n"


def format_count(number: int, noun: str) -> str:
    """Return `1 error`, `2 errors`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
