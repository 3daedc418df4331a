"""Judging documents at the right time, and publishing the results.

One thread judges, so that the server keeps listening. A change waits for a pause in typing. A request does
not: pending changes are judged before it is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias, TypeVar

from lsprotocol import types

from vpnlint.editor.documents import read_documents, read_folders
from vpnlint.editor.protocol import Server
from vpnlint.editor.requests import Requests
from vpnlint.editor.session import Session
from vpnlint.editor.uris import path_of, uri_of

_Answer = TypeVar("_Answer")
# The diagnostics of files, and the lenses of documents.
_Judged: TypeAlias = tuple[Mapping[str, Sequence[types.Diagnostic]], dict[str, list[types.CodeLens]]]
# A pause in typing, and how long somebody may type without one before the document is judged all the same.
_PAUSE, _LONGEST_WAIT = 0.06, 0.5


class Updates:
    """Judges the documents of a client, publishes changed results, and answers from the last ones."""

    def __init__(self, server: Server) -> None:
        """Take the server, with nothing judged."""
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
        self._judged: dict[str, str] = {}
        self._unjudgeable: dict[str, str] = {}

    def schedule(self, *, reread: bool = False) -> None:
        """Judge what changed after a pause, or after the longest wait. reread: files on the disk changed."""
        self._reread = self._reread or reread
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._waiting_since = self._waiting_since or now
        if self._timer is not None:
            self._timer.cancel()
        at = min(now + _PAUSE, self._waiting_since + _LONGEST_WAIT)
        self._timer = loop.call_at(at, self._start)

    def stop(self) -> None:
        """Judge nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    async def ask(self, uri: str, answer: Callable[[Requests, str], _Answer], nothing: _Answer) -> _Answer:
        """Return the answer to a question about a document, once what waits is judged."""
        path = path_of(uri)
        if path is None or path not in self.documents():
            return nothing
        # A request that is cancelled must not cancel what others wait for.
        await asyncio.shield(self._start())
        requests = self._requests
        if requests is None:
            return nothing
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._worker, answer, requests, path)
        except Exception as error:  # noqa: BLE001  (the last resort: one line, and the server goes on)
            self._server.report_server_error(error, type(error))
            return nothing

    def _start(self) -> asyncio.Task[None]:
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
            folders, documents = read_folders(self._server.workspace), self.documents()
            judged = await self._try(folders, documents, reread)
            changed = {path for path, text in documents.items() if self._judged.get(path) != text}
            if judged is None and changed:
                # A bug that one document brings to light must not silence the others.
                self._unjudgeable.update({path: documents[path] for path in changed})
                documents = {path: text for path, text in documents.items() if path not in changed}
                judged = await self._try(folders, documents, False)
            if judged is None:
                return
            self._judged = documents
            found, lenses = judged
            self._publish(found)
            if lenses != self._lenses:
                self._lenses = lenses
                self._refresh_lenses()

    async def _try(self, folders: list[str], documents: dict[str, str], reread: bool) -> _Judged | None:
        """Return what is judged of folders and documents; None where that ends in an unexpected error."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._worker, self._judge, folders, documents, reread)
        except Exception as error:  # noqa: BLE001  (the last resort: one line, and the server goes on)
            self._requests = None
            self._server.report_server_error(error, type(error))
            return None

    def documents(self) -> dict[str, str]:
        """Return the texts of all documents except those whose text made judging fail."""
        documents = read_documents(self._server.workspace)
        return {path: text for path, text in documents.items() if self._unjudgeable.get(path) != text}

    def _judge(self, folders: list[str], documents: dict[str, str], reread: bool) -> _Judged:
        """Run in the worker thread: return the diagnostics of all files and the lenses of the documents."""
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
