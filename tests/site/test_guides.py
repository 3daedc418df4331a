"""docs/guides: every file on a page is written, every command is run, and the page shows what it printed.

A page begins in an empty folder. A block of YAML with a title is a file; a console block is commands, each
with what it printed. With VPNLINT_UPDATE_GOLDEN set, the output is written into the page instead of compared.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import ROOT

GUIDES = ROOT / "docs" / "guides"
BLOCK = re.compile(
    r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE
)


def pages() -> list[Path]:
    return sorted(file for file in GUIDES.glob("*.md") if file.name != "index.md")


def run(command: str, folder: Path) -> str:
    """Return what a command of a page prints to somebody without a terminal."""
    hidden = ("COLUMNS", "PYTHONWARNINGS", "FORCE_COLOR", "GITHUB_ACTIONS", "CI")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "GIT_AUTHOR_NAME": "you",
        "GIT_AUTHOR_EMAIL": "you@example.org",
        "GIT_COMMITTER_NAME": "you",
        "GIT_COMMITTER_EMAIL": "you@example.org",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
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
    return done.stdout


def played(text: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each console block of a page as it stands, and as it should."""
    for match in BLOCK.finditer(text):
        if match["title"] is not None:
            file = folder / match["title"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(match["text"], encoding="utf-8")
        elif match["kind"] == "console":
            commands = re.findall(r"^\$ (.*)$", match["text"], re.MULTILINE)
            said = "".join(f"$ {command}\n{run(command, folder)}" for command in commands)
            yield match[0], f"```console\n{said}```"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_a_guide_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    settled = text
    number = 0
    for shown, printed in played(text, tmp_path):
        number += 1
        settled = settled.replace(shown, printed, 1)
        if not os.environ.get("VPNLINT_UPDATE_GOLDEN"):
            assert shown == printed
    assert number >= 2
    if settled != text:
        page.write_text(settled, encoding="utf-8")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_all_that_a_guide_quotes_is_a_file_or_a_command(page: Path) -> None:
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        assert match["title"] or match["kind"] == "console", match[0][:80]


def test_every_guide_is_listed() -> None:
    index = (GUIDES / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((.*?)\)", index)) == {page.name for page in pages()}
