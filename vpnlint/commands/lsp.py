"""`vpnlint lsp`: a language server for editors, on standard input and output."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from vpnlint.errors import UsageError


def run(arguments: argparse.Namespace) -> int:
    """Serve an editor until it ends the session. Raises UsageError if the extra `lsp` is not installed."""
    if find_spec("pygls") is None or find_spec("lsprotocol") is None:
        raise UsageError("the language server needs an extra: pipx install 'vpnlint[lsp]'")
    from vpnlint.editor.server import serve

    return serve()
