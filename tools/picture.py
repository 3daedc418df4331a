"""Prints docs/vpnlint.svg, the picture of README: what `vpnlint check` prints of a real run (`make docs`)."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from vpnlint.check import check
from vpnlint.report.formats.text import render
from vpnlint.report.report import Report
from vpnlint.report.terminal import Screen
from vpnlint.ruleset.cache import find_user_cache
from vpnlint.ruleset.ruleset import load_rules

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "fixtures/repos/seed-gluetun/proposed"
WIDTH = 100
_FONT = re.compile(r"\s*@font-face \{[^}]*\}")
# Renamed, so that the file does not change where nothing in it does: rich names it by a checksum of the text.
IDENTITY = "vpnlint"


def draw_picture() -> str:
    """Return what the command prints on a terminal of so many cells, as SVG."""
    os.chdir(ROOT)
    result = check([FOLDER], load_rules(cache=find_user_cache()))
    shown = render(Report(result, screen=Screen(WIDTH, colour=True, links=False)))
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text(f"$ vpnlint check {FOLDER}", style="bold"))
    console.print(Text.from_ansi(shown.rstrip("\n")), soft_wrap=False)
    # A picture in a page loads no fonts; those that rich names would be asked of a stranger's server.
    return _FONT.sub("", console.export_svg(title="vpnlint check", unique_id=IDENTITY)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(draw_picture())
