"""What editors and docs/editors.md start, and who may change it; tests/oracles/editor runs the editors."""

from __future__ import annotations

import json
import tomllib

from tests.checkout import ROOT
from tests.site.blocks import read_blocks

EDITORS = ROOT / "editors"


def test_no_repository_can_name_the_command_that_the_extension_starts() -> None:
    manifest = json.loads((EDITORS / "vscode/package.json").read_text())
    command = manifest["contributes"]["configuration"]["properties"]["vpnlint.command"]
    assert (command["default"], command["scope"]) == (["vpnlint", "lsp"], "machine")


def test_the_set_ups_on_the_page_start_the_language_server() -> None:
    """docs/editors.md: the lines for Neovim are those of the file, and Helix's configuration is one."""
    blocks = {
        block.kind: block.text
        for block in read_blocks((ROOT / "docs" / "editors.md").read_text(encoding="utf-8"))
    }
    lua = (EDITORS / "neovim" / "vpnlint.lua").read_text(encoding="utf-8")
    for line in blocks["lua"].splitlines():
        written = line.replace('cmd = { "vpnlint", "lsp" }', "cmd = config.cmd")
        assert f"  {written}\n" in lua
    assert 'config = { name = "vpnlint", cmd = { "vpnlint", "lsp" } }' in lua
    helix = tomllib.loads(blocks["toml"])
    server = helix["language-server"]["vpnlint"]
    assert [server["command"], *server["args"]] == ["vpnlint", "lsp"]
    (language,) = helix["language"]
    assert language["name"] == "yaml" and "vpnlint" in language["language-servers"]
