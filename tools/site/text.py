"""Markdown: tables, code, cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty one behind it."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(format_cell, row))} |"
    yield ""


def format_cell(text: str) -> str:
    """Return text for a cell: on one line, with no bar of its own."""
    return " ".join(text.split()).replace("|", "\\|")


def format_block(text: str, language: str = "", title: str = "") -> Iterator[str]:
    """Yield the lines of a fenced block, and an empty one behind it."""
    fence = "````" if "```" in text else "```"
    yield f"{fence}{language}" + (f' title="{title}"' if title else "")
    yield from text.rstrip("\n").splitlines()
    yield fence
    yield ""


def format_link(address: str) -> str:
    """Return a reference as Markdown: an address as a link, anything else as it stands."""
    return f"<{address}>" if address.startswith("https://") else address


def shorten_link(address: str) -> str:
    """Return a reference as a link of few words: the repository, version and file on GitHub, or the host."""
    if not address.startswith("https://"):
        return address
    host, _, path = address.removeprefix("https://").partition("/")
    parts = path.split("/")
    if host == "github.com" and parts[2:3] == ["blob"]:
        words = f"{parts[1]} {parts[3]}: {parts[-1].partition('#')[0]}"
    elif host == "github.com":
        words = "/".join(parts[:2])
    else:
        words = host
    return f"[{words}]({address})"


def format_code(text: str) -> str:
    """Return text as code in a line or a cell."""
    return f"`{text}`" if "`" not in text else f"`` {text} ``"
