"""`vpnlint lsp`: the messages of an editor, what is done about each, and when.

Documents are judged by one thread, so that the server goes on listening. A change waits for a pause in
typing; a question about a document does not: what waits is judged before it is answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lsprotocol import types

from vpnlint.editor.protocol import Server
from vpnlint.editor.requests import SHOW_MATRIX, Requests
from vpnlint.editor.session import Session
from vpnlint.editor.uris import path_of, uri_of

_Answer = TypeVar("_Answer")
_YAML = (".yaml", ".yml")
# A pause in typing, and how long somebody may type without one before the document is judged all the same.
_PAUSE, _LONGEST_WAIT = 0.06, 0.5
_WATCHED = "**/*.{yaml,yml,json,conf,env,ini,properties,toml,txt}"


class Editor:
    """Connects a session with a client."""

    def __init__(self, server: Server) -> None:
        """Take the server, and register what is done about each message."""
        self._server = server
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vpnlint")
        self._requests: Requests | None = None
        self._published: Mapping[str, Sequence[types.Diagnostic]] = {}
        self._lenses: dict[str, list[types.CodeLens]] = {}
        self._lock = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting_since: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reread = False
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
        self._schedule()

    def _end(self, _: None) -> None:
        self.was_shut_down = True
        if self._timer is not None:
            self._timer.cancel()

    def _note_change(self, _: object) -> None:
        self._schedule()

    def _note_save(self, _: types.DidSaveTextDocumentParams) -> None:
        workspace = self._server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is None or not watching.dynamic_registration:
            # Nobody says what else has changed on the disk.
            self._reread = True
        self._schedule()

    def _note_files(self, parameters: types.DidChangeWatchedFilesParams) -> None:
        documents = self._documents()
        for event in parameters.changes:
            path = path_of(event.uri)
            # What the editor itself saved is known already.
            if path is not None and not (path in documents and event.type == types.FileChangeType.Changed):
                self._reread = True
        if self._reread:
            self._schedule()

    async def _hover(self, parameters: types.HoverParams) -> types.Hover | None:
        def answer(requests: Requests, path: str) -> types.Hover | None:
            return requests.hover(path, parameters.position)

        return await self._ask(parameters.text_document.uri, answer, None)

    async def _list_lenses(self, parameters: types.CodeLensParams) -> list[types.CodeLens]:
        def answer(requests: Requests, path: str) -> list[types.CodeLens]:
            return requests.lenses(path)

        return await self._ask(parameters.text_document.uri, answer, [])

    async def _complete(self, parameters: types.CompletionParams) -> list[types.CompletionItem]:
        def answer(requests: Requests, path: str) -> list[types.CompletionItem]:
            return requests.completion(path, parameters.position)

        return await self._ask(parameters.text_document.uri, answer, [])

    async def _offer_actions(self, parameters: types.CodeActionParams) -> list[types.CodeAction]:
        only = parameters.context.only
        if only is not None and not any(kind in ("", types.CodeActionKind.QuickFix) for kind in only):
            return []
        version = self._version(parameters.text_document.uri)

        def answer(requests: Requests, path: str) -> list[types.CodeAction]:
            return requests.actions(path, parameters.range, version)

        return await self._ask(parameters.text_document.uri, answer, [])

    async def _show_matrix(self, *arguments: object) -> str:
        """Return the matrix of the workload that a lens is about, and show it where the client can."""
        uri, line = (*arguments, None, None)[:2]
        if not isinstance(uri, str) or not isinstance(line, int):
            return ""

        def answer(requests: Requests, path: str) -> str:
            return requests.matrix(path, line)

        return await self._ask(uri, answer, "")

    async def _ask(self, uri: str, answer: Callable[[Requests, str], _Answer], nothing: _Answer) -> _Answer:
        """Return the answer to a question about a document, once what waits is judged."""
        path = path_of(uri)
        if path is None or path not in self._documents():
            return nothing
        # A request that is cancelled must not cancel what others wait for.
        await asyncio.shield(self._start_update())
        requests = self._requests
        if requests is None:
            return nothing
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._worker, answer, requests, path)
        except Exception as error:  # noqa: BLE001  (the last resort: one line, and the server goes on)
            self._server.report_server_error(error, type(error))
            return nothing

    def _documents(self) -> dict[str, str]:
        """Return the texts of the documents that are YAML files, by their paths."""
        documents = self._server.workspace.text_documents.values()
        return {
            path: str(document.source).removeprefix("\ufeff")
            for document in documents
            if (path := path_of(document.uri)) is not None and path.endswith(_YAML)
        }

    def _version(self, uri: str) -> int | None:
        document = self._server.workspace.text_documents.get(uri)
        return document.version if document is not None else None

    def _folders(self) -> list[str]:
        workspace = self._server.workspace
        uris = [folder.uri for folder in workspace.folders.values()]
        if not uris and workspace.root_uri:
            uris = [workspace.root_uri]
        return [path for path in map(path_of, uris) if path is not None]

    def _schedule(self) -> None:
        """Judge what changed after a pause, or after the longest wait."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._waiting_since = self._waiting_since or now
        if self._timer is not None:
            self._timer.cancel()
        at = min(now + _PAUSE, self._waiting_since + _LONGEST_WAIT)
        self._timer = loop.call_at(at, self._start_update)

    def _start_update(self) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._update())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _update(self) -> None:
        """Judge what changed, if anything did, and publish what is new."""
        async with self._lock:
            if self._waiting_since is None:
                return
            if self._timer is not None:
                self._timer.cancel()
            self._waiting_since = None
            reread, self._reread = self._reread, False
            documents, folders = self._documents(), self._folders()
            loop = asyncio.get_running_loop()
            try:
                found, lenses = await loop.run_in_executor(
                    self._worker, self._judge, folders, documents, reread
                )
            except Exception as error:  # noqa: BLE001  (the last resort: one line, and the server goes on)
                self._requests = None
                self._server.report_server_error(error, type(error))
                return
            self._publish(found)
            if lenses != self._lenses:
                self._lenses = lenses
                self._refresh_lenses()

    def _judge(
        self, folders: list[str], documents: dict[str, str], reread: bool
    ) -> tuple[Mapping[str, Sequence[types.Diagnostic]], dict[str, list[types.CodeLens]]]:
        """Be the worker: return the diagnostics of all files and the lenses of the documents."""
        requests = self._requests
        if requests is None:
            encoding = self._server.workspace.position_encoding or types.PositionEncodingKind.Utf16
            requests = Requests(Session(encoding), versioned=self._takes_versions())
        found = requests.session.update(folders, documents, reread=reread)
        self._requests = requests
        return found, {path: requests.lenses(path) for path in documents}

    def _takes_versions(self) -> bool:
        workspace = self._server.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace is not None else None
        return bool(edits is not None and edits.document_changes)

    def _publish(self, found: Mapping[str, Sequence[types.Diagnostic]]) -> None:
        for path in {*found, *self._published}:
            diagnostics = found.get(path, ())
            if diagnostics != self._published.get(path, ()):
                self._server.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri_of(path), list(diagnostics))
                )
        self._published = found

    def _refresh_lenses(self) -> None:
        workspace = self._server.client_capabilities.workspace
        lenses = workspace.code_lens if workspace is not None else None
        if lenses is not None and lenses.refresh_support:
            self._server.workspace_code_lens_refresh(None)


def _as_function(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method as a function, for pygls sets attributes of what it registers."""
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
