"""`vpnlint lsp` as a program, and where the language server's own packages are not installed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.checkout import ROOT
from tests.program import LIMIT, environment
from vpnlint.cli import main


def test_it_serves_on_standard_input_and_output() -> None:
    """What it says and when, tests/editor asks."""
    parameters: dict[str, object] = {"processId": None, "rootUri": None, "capabilities": {}}
    told = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters},
        {"jsonrpc": "2.0", "method": "initialized", "params": {}},
        {"jsonrpc": "2.0", "id": 2, "method": "shutdown"},
        {"jsonrpc": "2.0", "method": "exit"},
    ]
    bodies = [json.dumps(message).encode() for message in told]
    done = subprocess.run(
        [sys.executable, "-m", "vpnlint", "lsp"],
        cwd=ROOT,
        env=environment(),
        input=b"".join(b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies),
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'"hoverProvider"' in done.stdout


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
