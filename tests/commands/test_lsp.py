"""`vpnlint lsp` where the language server's own packages are not installed."""

from __future__ import annotations

import sys

import pytest

from vpnlint.cli import main


@pytest.mark.parametrize("package", ["pygls", "lsprotocol"])
def test_without_the_extra_it_says_how_to_install_it(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["lsp"]) == 2
    output = capsys.readouterr()
    assert (output.out, output.err) == (
        "",
        "vpnlint: the language server needs an extra: pipx install 'vpnlint[lsp]'\n",
    )
