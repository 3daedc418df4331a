"""One file per format, found by its name: `render` takes a Report and returns the format's text.

A format may also append text to a file that an environment variable names, such as GITHUB_STEP_SUMMARY. Its
`APPENDS` then holds the format of that text and the variable.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from vpnlint.report.report import Report


class Format(NamedTuple):
    """A format: its render function, and the format and variable of a file to append to (empty if none)."""

    render: Callable[[Report], str]
    appends: tuple[str, str]


@cache
def list_formats() -> tuple[str, ...]:
    """Return the names of all formats in alphabetical order, without importing any."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return tuple(sorted(file.stem for file in files))


def find_format(name: str) -> Format:
    """Return the format with this name, one of those that list_formats returns."""
    module = import_module(f"{__name__}.{name}")
    return Format(module.render, getattr(module, "APPENDS", ("", "")))
