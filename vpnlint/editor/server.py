"""`vpnlint lsp`: handlers for the messages of an editor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from lsprotocol import types

from vpnlint.editor.protocol import Server
from vpnlint.editor.requests import SHOW_MATRIX, Requests
from vpnlint.editor.updates import Updates
from vpnlint.editor.uris import path_of

_WATCHED = "**/*.{yaml,yml,json,conf,env,ini,properties,toml,txt}"


class Editor:
    """Connects a session with a client."""

    def __init__(self, server: Server) -> None:
        """Take the server, and register a handler for each message."""
        self._server = server
        self._updates = Updates(server)
        self.was_shut_down = False
        for method, handler in self._handlers().items():
            server.feature(method)(_as_function(handler))
        server.feature(
            types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["[", ","])
        )(_as_function(self._complete))
        server.feature(
            types.TEXT_DOCUMENT_CODE_ACTION,
            types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
        )(_as_function(self._offer_actions))
        server.command(SHOW_MATRIX)(_as_function(self._show_matrix))

    def _handlers(self) -> dict[str, Callable[[Any], Any]]:
        return {
            types.INITIALIZED: self._begin,
            types.SHUTDOWN: self._end,
            types.TEXT_DOCUMENT_DID_OPEN: self._note_change,
            types.TEXT_DOCUMENT_DID_CHANGE: self._note_change,
            types.TEXT_DOCUMENT_DID_CLOSE: self._note_change,
            types.TEXT_DOCUMENT_DID_SAVE: self._note_save,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: self._note_files,
            types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: self._note_change,
            types.TEXT_DOCUMENT_HOVER: self._hover,
            types.TEXT_DOCUMENT_CODE_LENS: self._list_lenses,
        }

    def _begin(self, _: types.InitializedParams) -> None:
        capabilities = self._server.client_capabilities
        workspace = capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is not None and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(glob_pattern=_WATCHED)]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration("vpnlint-files", method, options)
            self._server.client_register_capability(types.RegistrationParams([registration]))
        self._updates.schedule()

    def _end(self, _: None) -> None:
        self.was_shut_down = True
        self._updates.stop()

    def _note_change(self, _: object) -> None:
        self._updates.schedule()

    def _note_save(self, _: types.DidSaveTextDocumentParams) -> None:
        workspace = self._server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is None or not watching.dynamic_registration:
            # Nobody says what else has changed on the disk.
            self._updates.schedule(reread=True)

    def _note_files(self, parameters: types.DidChangeWatchedFilesParams) -> None:
        documents = self._updates.documents()
        for event in parameters.changes:
            path = path_of(event.uri)
            # What the editor itself saved is known already.
            if path is not None and not (path in documents and event.type == types.FileChangeType.Changed):
                self._updates.schedule(reread=True)

    async def _hover(self, parameters: types.HoverParams) -> types.Hover | None:
        def answer(requests: Requests, path: str) -> types.Hover | None:
            return requests.hover(path, parameters.position)

        return await self._updates.ask(parameters.text_document.uri, answer, None)

    async def _list_lenses(self, parameters: types.CodeLensParams) -> list[types.CodeLens]:
        def answer(requests: Requests, path: str) -> list[types.CodeLens]:
            return requests.lenses(path)

        return await self._updates.ask(parameters.text_document.uri, answer, [])

    async def _complete(self, parameters: types.CompletionParams) -> list[types.CompletionItem]:
        def answer(requests: Requests, path: str) -> list[types.CompletionItem]:
            return requests.completion(path, parameters.position)

        return await self._updates.ask(parameters.text_document.uri, answer, [])

    async def _offer_actions(self, parameters: types.CodeActionParams) -> list[types.CodeAction]:
        only = parameters.context.only
        if only is not None and not any(kind in ("", types.CodeActionKind.QuickFix) for kind in only):
            return []
        version = self._version(parameters.text_document.uri)

        def answer(requests: Requests, path: str) -> list[types.CodeAction]:
            return requests.actions(path, parameters.range, version)

        return await self._updates.ask(parameters.text_document.uri, answer, [])

    async def _show_matrix(self, *arguments: object) -> str:
        """Return the matrix of the workload that a lens is about, and show it where the client can."""
        uri, line = (*arguments, None, None)[:2]
        if not isinstance(uri, str) or not isinstance(line, int):
            return ""

        def answer(requests: Requests, path: str) -> str:
            return requests.matrix(path, line)

        return await self._updates.ask(uri, answer, "")

    def _version(self, uri: str) -> int | None:
        document = self._server.workspace.text_documents.get(uri)
        return document.version if document is not None else None


def _as_function(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method in a function: pygls sets attributes on the handlers that it registers."""
    if asyncio.iscoroutinefunction(method):

        async def wait(*arguments: Any) -> Any:  # noqa: ANN401  (the parameters of any message)
            return await method(*arguments)

        return wait

    def call(*arguments: Any) -> Any:  # noqa: ANN401  (the parameters of any message)
        return method(*arguments)

    return call


def serve() -> int:
    """Serve one client on standard input and output until it ends; return the exit code."""
    # pygls logs every message, and each error with its traceback.
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    server = Server()
    editor = Editor(server)
    server.start_io()
    return 0 if editor.was_shut_down else 1
