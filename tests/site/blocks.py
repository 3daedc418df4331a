"""Blocks of code in Markdown, the marks above them, and how their commands are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.checkout import ROOT
from tests.forked import run_forked

GUIDES = ROOT / "docs" / "guides"

_BLOCK = re.compile(
    r"(?P<marks>(?:^<!--[^\n]*-->\n)*)"
    r'^```(?P<kind>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$',
    re.DOTALL | re.MULTILINE,
)
_MARK = re.compile(r"<!-- (?P<how>run in|tested by|not run:) (?P<what>.+?) -->")
_PLAIN = re.compile(r"vpnlint(?: [\w./:@=,-]+)+")
# Variables of whoever runs the tests that change what is printed.
_HIDDEN = (
    "COLUMNS",
    "PYTHONWARNINGS",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "CI",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
)


class Block(NamedTuple):
    """A fenced block: its language, its title (a file's name), its text, and the mark above it.

    how is `run in`, `tested by`, `not run:` or nothing; what is the folder, the file or the reason.
    """

    kind: str
    title: str
    text: str
    how: str
    what: str
    whole: str

    @property
    def commands(self) -> list[str]:
        """The lines that a reader types."""
        return re.findall(r"^\$ (.*)$", self.text, re.MULTILINE)


def list_documents() -> list[Path]:
    """Return all Markdown files that people read, but the changelog."""
    return sorted(
        [
            *(ROOT / "docs").rglob("*.md"),
            *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
        ]
    )


def read_blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a Markdown text."""
    for match in _BLOCK.finditer(text):
        mark = _MARK.search(match["marks"])
        how, what = (mark["how"], mark["what"]) if mark is not None else ("", "")
        whole = match[0][len(match["marks"]) :]
        yield Block(match["kind"], match["title"] or "", match["text"], how, what, whole)


def run_command(command: str, folder: Path) -> tuple[int, str]:
    """Return the exit code of a document's command, and what it prints to somebody without a terminal.

    One that needs no shell is forked from a process that has imported vpnlint.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "GIT_AUTHOR_NAME": "you",
        "GIT_AUTHOR_EMAIL": "you@example.org",
        "GIT_COMMITTER_NAME": "you",
        "GIT_COMMITTER_EMAIL": "you@example.org",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    if _PLAIN.fullmatch(command):
        _, *arguments = command.split()
        run = run_forked(arguments, folder, environment, "", 120, joined=True)
        return run.returncode, run.stdout
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout
