"""The editors that can be had: a headless Neovim shows a finding, and the extension for Visual Studio Code is
packaged by its own tool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.editor.test_typing import LEAKING
from tests.gitops.repositories import lay_out
from tests.oracles.editor.screen import Screen
from tests.program import LIMIT, environment

EDITORS = ROOT / "editors"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vpnlint"
_SHOWN = """
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 50)
for _, item in ipairs(vim.diagnostic.get(0)) do
  io.stdout:write(string.format("%d %s\\n", item.lnum, item.code or item.user_data.lsp.code))
end
vim.cmd("qa!")
"""


def find_editor(name: str) -> str:
    """The program of this name, on the path or among those that editors/fetch brought; skips without one."""
    done = subprocess.run([EDITORS / "fetch", "--path"], capture_output=True, text=True, check=True)
    fetched = Path(done.stdout.strip()) / "bin" / name
    program = shutil.which(name) or (str(fetched) if fetched.exists() else None)
    if program is None:
        pytest.skip(f"{name} is not here: install it, or run editors/fetch")
    return program


def snippet(language: str) -> str:
    """The block of docs/editors.md in a language."""
    _, _, rest = (ROOT / "docs/editors.md").read_text(encoding="utf-8").partition(f"```{language}\n")
    return rest.partition("```")[0]


def surroundings(tmp_path: Path) -> dict[str, str]:
    """The environment of an editor that finds vpnlint and no settings of whoever runs the tests."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    return environment(PATH=path, **{name: str(tmp_path / name) for name in names})


def see_in_neovim(program: str, script: Path, tmp_path: Path) -> list[str]:
    """What a headless Neovim shows of a file once it has run a script: a line and a code of each."""
    root = lay_out(tmp_path, {"apps/pod.yaml": LEAKING})
    (root / "shown.lua").write_text(_SHOWN)
    commands = (
        "filetype plugin on",
        f"luafile {script}",
        f"edit {root}/apps/pod.yaml",
        f"luafile {root}/shown.lua",
    )
    said = [word for command in commands for word in ("-c", command)]
    done = subprocess.run(
        [program, "--headless", "-u", "NONE", "-i", "NONE", *said],
        env=surroundings(tmp_path),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


@pytest.mark.parametrize("name", ["nvim", "nvim-0.10", "nvim-0.11"])
def test_neovim_shows_a_finding(name: str, tmp_path: Path) -> None:
    assert "6 no-vpn" in see_in_neovim(find_editor(name), EDITORS / "neovim/vpnlint.lua", tmp_path)


def test_neovim_takes_the_lines_of_the_documentation(tmp_path: Path) -> None:
    (tmp_path / "init.lua").write_text(snippet("lua"))
    assert "6 no-vpn" in see_in_neovim(find_editor("nvim-0.11"), tmp_path / "init.lua", tmp_path)


def test_helix_shows_a_finding_and_what_can_be_done(tmp_path: Path) -> None:
    program = find_editor("hx")
    settings = tmp_path / "XDG_CONFIG_HOME/helix"
    settings.mkdir(parents=True)
    (settings / "languages.toml").write_text(snippet("toml"))
    root = lay_out(tmp_path, {"apps/pod.yaml": LEAKING})
    with Screen([program, "apps/pod.yaml:7:13"], root, surroundings(tmp_path)) as screen:
        screen.wait("\u25cf")  # the mark of a diagnostic
        # Helix does not ask the server while that is still told of the file.
        screen.press_until(" a", "Ignore no-vpn here", refusal="No code actions available")


@pytest.mark.skipif(
    not any(_CACHE.glob("vsce-*/node_modules/.bin/vsce")),
    reason="`editors/vscode/package --tools` fetches vsce",
)
def test_the_extension_is_packaged_by_its_own_tool(tmp_path: Path) -> None:
    package = tmp_path / "vpnlint.vsix"
    done = subprocess.run(
        [EDITORS / "vscode/package", package], capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if "ENOTFOUND" in done.stderr or "ECONNREFUSED" in done.stderr:
        pytest.skip("the npm registry cannot be reached")
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(package).namelist()
    assert {"extension/extension.js", "extension/package.json", "extension.vsixmanifest"} <= {*names}
    assert any(name.startswith("extension/node_modules/vscode-languageclient/") for name in names)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_extension_is_valid_javascript() -> None:
    subprocess.run(["node", "--check", EDITORS / "vscode/extension.js"], check=True, timeout=LIMIT)
