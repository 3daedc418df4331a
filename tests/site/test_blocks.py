"""Every block of code in the documents is run, held by another test, or says above it why not.

`<!-- run in FOLDER -->` above a console block: its commands are run in a copy of that folder.
What the block shows of their output has to be it; a block that shows none shows the commands alone.
`<!-- tested by FILE -->`: that test reads the page. `<!-- not run: REASON -->`: nobody does, for that reason.
Guides are run as a whole (test_guides.py).
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checkout import PACKAGE, ROOT
from tests.site.blocks import GUIDES, Block, list_documents, read_blocks, run_command
from vpnlint.command_line.subcommands import make_parser

DOCUMENTS = [file for file in list_documents() if file.parent != GUIDES]
RUN = [
    (file, block)
    for file in DOCUMENTS
    for block in read_blocks(file.read_text(encoding="utf-8"))
    if block.how == "run in"
]
SUBCOMMANDS = [file.stem for file in (PACKAGE / "commands").glob("[a-z]*.py")]


def show(value: object) -> str:
    """Return the name of a document, or the first command of a block."""
    if isinstance(value, Path):
        return value.relative_to(ROOT).as_posix()
    return value.commands[0] if isinstance(value, Block) else ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=show)
def test_every_block_is_run_or_says_why_not(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for block in read_blocks(text):
        assert block.how, f"{show(document)}: no mark above the block {block.text[:60]!r}"
        if block.how == "tested by":
            test = ROOT / block.what
            assert test.is_file(), block.what
            assert document.name in test.read_text(encoding="utf-8"), f"{block.what} reads no {document.name}"
        if block.how == "run in":
            assert block.kind == "console" and block.commands, block.text
    # An indented block would be seen by nobody here.
    lines = text.splitlines()
    for before, empty, line in zip(lines, lines[1:], lines[2:], strict=False):
        indented = line.startswith("    ") and not line.lstrip().startswith(("- ", "* "))
        assert not (indented and not empty and before[:1].isalpha()), f"{show(document)}: {line}"


@pytest.mark.parametrize(("document", "block"), RUN, ids=show)
def test_a_block_prints_what_it_shows(document: Path, block: Block, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(ROOT / block.what, folder)
    subprocess.run(["git", "init", "--quiet", "."], cwd=folder, check=True)
    printed = ""
    for command in block.commands:
        code, output = run_command(command, folder)
        # Findings are no failure of the document's.
        assert code in (0, 1), f"{command}: {output}"
        printed += f"$ {command}\n{output}"
    commands = "".join(f"$ {command}\n" for command in block.commands)
    assert block.text in (commands, printed)


@pytest.mark.parametrize("document", list_documents(), ids=show)
def test_commands_within_a_sentence_are_understood(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`vpnlint …` within prose has words and options that the command line knows; `make …` has a target."""
    prose = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"`((?:vpnlint|make) [^`]+)`", " ".join(prose.split())):
        program, *words = shlex.split(re.split(r" [|>] ", command)[0].replace("…", ""))
        if program == "make":
            assert f"\n{words[0]}:" in makefile, command
        elif words[0] in SUBCOMMANDS:
            try:
                make_parser().read_arguments(list(map(without_optional, words)))
            except SystemExit:
                missing = capsys.readouterr().err.splitlines()[-1]
                # A sentence may leave out what the command needs.
                assert "the following arguments are required" in missing, f"{command}: {missing}"


def without_optional(word: str) -> str:
    """Return a word of a command as somebody types it: FORMAT=FILE with a format that there is."""
    return word.replace("FORMAT", "json")


def test_documents_are_found() -> None:
    assert {"README.md", "docs/editors.md", "docs/living-with-vpnlint.md"} <= set(map(show, DOCUMENTS))
    assert len(RUN) >= 2


@pytest.mark.parametrize(
    ("text", "how", "what"),
    [
        ("```console\n$ ls\n```\n", "", ""),
        ("<!-- not run: it is for Windows -->\n```console\n$ ls\n```\n", "not run:", "it is for Windows"),
        ("<!-- run in fixtures -->\n<!-- other -->\n```console\n$ ls\n```\n", "run in", "fixtures"),
        ("<!-- run in fixtures -->\n\n```console\n$ ls\n```\n", "", ""),
    ],
)
def test_a_mark_stands_right_above_its_block(text: str, how: str, what: str) -> None:
    (block,) = read_blocks(text)
    assert (block.how, block.what, block.commands) == (how, what, ["ls"])
