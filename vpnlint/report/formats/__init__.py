"""One file per format, found by its name: `render` takes a Report and returns the text of the format.

A format that also belongs into a file which the environment names (GITHUB_STEP_SUMMARY) says so by `APPENDS`,
the format and the variable.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from vpnlint.report.report import Report


class Format(NamedTuple):
    """A format: what renders it, and the format and variable of a file that it adds to (both empty: none)."""

    render: Callable[[Report], str]
    appends: tuple[str, str]


@cache
def list_formats() -> tuple[str, ...]:
    """Return the names of all formats, in alphabetical order, without importing one."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return tuple(sorted(file.stem for file in files))


def find_format(name: str) -> Format:
    """Return the format of this name, one of `names()`."""
    module = import_module(f"{__name__}.{name}")
    return Format(module.render, getattr(module, "APPENDS", ("", "")))
