"""docs/guides: every file on a page is written, every command is run, and the page shows what it printed.

A page begins in an empty folder. A block of YAML with a title is a file; a console block is commands, each
with what it printed. With VPNLINT_UPDATE_GOLDEN set, the output is written into the page instead of compared.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.blocks import GUIDES, read_blocks, run_command


def pages() -> list[Path]:
    return sorted(file for file in GUIDES.glob("*.md") if file.name != "index.md")


def played(text: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each console block of a page as it stands, and as it should."""
    for block in read_blocks(text):
        if block.title:
            file = folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.kind == "console":
            said = "".join(f"$ {command}\n{run_command(command, folder)[1]}" for command in block.commands)
            yield block.whole, f"```console\n{said}```"


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
    for block in read_blocks(page.read_text(encoding="utf-8")):
        assert block.title or block.kind == "console", block.whole[:80]


def test_every_guide_is_listed() -> None:
    index = (GUIDES / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((.*?)\)", index)) == {page.name for page in pages()}
