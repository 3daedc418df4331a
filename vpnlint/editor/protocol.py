"""pygls's protocol, except that every request gets an answer and every error is logged in one line."""

from __future__ import annotations

from typing import Any

from lsprotocol.types import LogMessageParams, MessageType, TextDocumentSyncKind
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter

from vpnlint import __version__
from vpnlint.report.plain import clean_text

_LONGEST = 500


class Protocol(LanguageServerProtocol):
    """Answers requests with invalid parameters, too (pygls 2.1 drops them)."""

    def structure_message(self, data: dict[str, Any]) -> Any:  # noqa: ANN401  (a message of any method)
        """Return a decoded object as a message. Raises JsonRpcException if it is not a valid one."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if isinstance(data.get("id"), int | str) and isinstance(data.get("method"), str):
                self._send_response(data["id"], error=error.to_response_error())
            raise


class Server(LanguageServer):
    """A server that logs unexpected errors to the client and goes on."""

    def __init__(self) -> None:
        """Make a server without features; clients send whole documents."""
        super().__init__(
            "vpnlint",
            __version__,
            text_document_sync_kind=TextDocumentSyncKind.Full,
            protocol_cls=Protocol,
            converter_factory=default_converter,
        )

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log an error in one line, except for an unknown method, which was answered already."""
        if isinstance(error, JsonRpcMethodNotFound):
            return
        unreadable = isinstance(error, JsonRpcException | ValueError) and source is JsonRpcException
        what = "a message cannot be read" if unreadable else "internal error"
        self.log(f"{what}: {type(error).__name__}: {error}")

    def log(self, message: str) -> None:
        """Write a line to the client's log."""
        text = clean_text(message)[:_LONGEST]
        self.window_log_message(LogMessageParams(MessageType.Error, f"vpnlint: {text}"))
