"""README.md's first commands, by a real uv: `uvx vpnlint …` takes the wheel of this checkout from a file, as
no package index has it yet. All else of the line is as README has it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import FIXTURES, ROOT
from tests.oracles.packaging.package_index import need_package_index
from tests.program import environment
from tests.site.blocks import read_blocks, run_command

LINES = [
    line
    for block in read_blocks((ROOT / "README.md").read_text(encoding="utf-8"))
    for line in block.commands
    if line.startswith("uvx ")
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(FIXTURES / "repos" / "seed-gluetun" / "proposed", folder)
    return folder


def test_readme_begins_with_uvx() -> None:
    assert len(LINES) == 3 and any("--output html=page.html" in line for line in LINES)


@pytest.mark.parametrize("line", LINES)
def test_a_line_does_what_the_program_of_this_checkout_does(
    line: str, wheel: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    need_package_index()
    program = Path(sys.executable).with_name("uvx")
    folder = tmp_path_factory.getbasetemp()
    given = environment(UV_CACHE_DIR=str(folder / "uv-cache"), UV_TOOL_DIR=str(folder / "uv-tools"))
    command = line.replace(
        "uvx vpnlint", f"{program} --quiet --python {sys.executable} --from {wheel} vpnlint"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=repository,
        env=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    written = {file.name: file.read_bytes() for file in repository.glob("*.html")}
    code, printed = run_command(line.replace("uvx vpnlint", "vpnlint"), repository)
    assert (done.returncode, done.stdout) == (code, printed), done.stderr
    assert code in (0, 1) and printed
    for name, content in written.items():
        assert content == (repository / name).read_bytes()
    assert bool(written) == ("html=" in line)
