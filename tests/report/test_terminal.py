"""What a real terminal gets, through a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.program import environment, vpnlint
from vpnlint.report.terminal import PLAIN, paint_lines

PAINT = """
import sys
from vpnlint.report.terminal import detect_screen, find_width, paint_lines, write_text
lines = [[("[red]a[/red] :smile: ", ""), ("error", "bold red")], [("x" * 60, "")]]
write_text(sys.stdout, paint_lines(lines, detect_screen(sys.stdout)))
write_text(sys.stdout, f"{find_width(sys.stdout)}\\n")
"""
LINK = """
import sys
from vpnlint.report.terminal import detect_screen, paint_lines, write_text
lines = [[("a rule", "bold link https://example.org/a")], [("b", "link x:y")]]
write_text(sys.stdout, paint_lines(lines, detect_screen(sys.stdout)))
"""
PROGRESS = """
import sys, time
from vpnlint.report.terminal import Progress
with Progress(float(sys.argv[1])) as progress:
    for files in range(4):
        progress(files * 1000)
        time.sleep(float(sys.argv[2]))
print("done")
"""


def in_terminal(script: str, *arguments: str, **more: str) -> str:
    """Run a script with a terminal of 40 columns as its standard output and error; return what it showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    command = [sys.executable, "-c", script, *arguments]
    process = subprocess.Popen(
        command, stdout=theirs, stderr=theirs, env=environment(**{"TERM": "xterm-256color", **more})
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # Linux reports the end of a terminal's output as EIO
    os.close(ours)
    assert process.wait() == 0, shown
    return shown.decode().replace("\r\n", "\n")


def in_pipe(script: str, **more: str) -> str:
    return vpnlint(code=("-c", script), more=more).stdout


def test_colour_on_a_terminal_and_nothing_interpreted() -> None:
    shown = in_terminal(PAINT)
    assert "[red]a[/red] :smile: \x1b[1;31merror\x1b[0m\n" in shown
    assert "x" * 60 + "\n40\n" in shown


@pytest.mark.parametrize("name", ["NO_COLOR", "PRE_COMMIT"])
def test_no_colour_where_it_is_not_wanted(name: str) -> None:
    assert "\x1b" not in in_terminal(PAINT, **{name: "1"})
    assert "\x1b" in in_terminal(PAINT, **{name: ""})


def test_no_colour_on_a_dumb_terminal() -> None:
    assert "\x1b" not in in_terminal(PAINT, TERM="dumb")


def test_no_colour_in_a_pipe() -> None:
    assert in_pipe(PAINT) == f"[red]a[/red] :smile: error\n{'x' * 60}\n120\n"


def test_colour_where_it_is_forced_but_for_no_color() -> None:
    assert "\x1b[1;31merror\x1b[0m" in in_pipe(PAINT, FORCE_COLOR="1")
    assert "\x1b[1;31merror\x1b[0m" in in_pipe(PAINT, FORCE_COLOR="1", TERM="dumb")
    assert "\x1b" not in in_pipe(PAINT, FORCE_COLOR="1", NO_COLOR="1")


@pytest.mark.parametrize(
    ("more", "linked"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, True),
        ({"VTE_VERSION": "7603"}, True),
        ({"VTE_VERSION": "4800"}, False),
        ({}, False),
        ({"TERM_PROGRAM": "WezTerm", "NO_COLOR": "1"}, False),
    ],
)
def test_a_link_only_where_the_terminal_can(more: dict[str, str], linked: bool) -> None:
    shown = in_terminal(LINK, **more)
    assert ("\x1b]8;" in shown, "https://example.org/a" in shown) == (linked, linked)
    assert "a rule" in shown
    assert "\x1b]8;" not in in_pipe(LINK, FORCE_COLOR="1", **more)


def test_no_line_is_a_command_of_the_github_runner() -> None:
    lines = [[("::error::x", "")], [("  ", "bold"), ("::error::x", "")], [("a ::error::x", "")], []]
    shown = paint_lines(lines, PLAIN).splitlines()
    assert shown == ["| ::error::x", "|   ::error::x", "a ::error::x", ""]


def test_columns_overrules_the_terminal() -> None:
    assert in_terminal(PAINT, COLUMNS="77").endswith("\n77\n")


def test_progress_appears_when_a_run_takes_long_and_leaves_nothing() -> None:
    shown = in_terminal(PROGRESS, "0", "0.12")
    assert "3,000 files" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("files")
    assert shown.endswith("\x1b[1A\x1b[2Kdone\n")


def test_progress_stays_away_from_short_runs_and_hooks() -> None:
    assert in_terminal(PROGRESS, "10", "0.04") == "done\n"
    assert in_terminal(PROGRESS, "0", "0.04", PRE_COMMIT="1") == "done\n"
    assert in_terminal(PROGRESS, "0", "0.04", TERM="dumb") == "done\n"


def test_progress_stays_away_from_a_pipe() -> None:
    run = vpnlint("0", "0.04", code=("-c", PROGRESS))
    assert (run.stdout, run.stderr) == ("done\n", "")


def test_check_on_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    image = "      image: ghcr.io/home-operations/qbittorrent:5.1.4  # [red]x[/red] :smile:\n"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: qbittorrent\n"
        + image
    )
    main = "import sys; from vpnlint.cli import main; main(sys.argv[1:])"
    shown = in_terminal(main, "check", str(file), COLUMNS="120")
    assert f"{image[6:-1]}\n" in shown
    assert "\x1b[1;31m^^^^" in shown
    assert "\x1b[1;31merror\x1b[0m" in shown


def test_who_watches_is_told_that_nothing_was_found(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: ConfigMap\n")
    main = "import sys; from vpnlint.cli import main; main(sys.argv[1:])"
    shown = in_terminal(main, "check", str(tmp_path / "a.yaml"))
    assert shown == "\x1b[1mNo findings in 0 workloads (1 file).\x1b[0m\n"
