"""An editor as the server sees one: a real client (pytest-lsp) over the server's standard input and output,
which are a socket here. tests/commands/test_lsp.py and tests/oracles/editor start it as a program.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import wraps
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

from tests.fork_server import get_fork_server
from tests.forked import serve_socket
from tests.program import environment

LIMIT = 120


def asynchronous(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test within an event loop, for no longer than the limit."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:  # noqa: ANN401  (the fixtures of a test)
        async def limited() -> None:
            await asyncio.wait_for(test(*arguments, **named), LIMIT)

        # In a thread of its own: a browser that other tests have opened keeps a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, limited()).result()

    return run


class Editor:
    """What a person does in an editor, and what the editor was told."""

    def __init__(self, client: LanguageClient, result: types.InitializeResult, process: BaseProcess) -> None:
        self.client = client
        self.result = result
        self.process = process
        self._versions: dict[str, int] = {}

    @property
    def logged(self) -> list[str]:
        """What the server wrote to the client's log."""
        return [message.message for message in self.client.log_messages]

    def open(self, path: Path, text: str | None = None) -> None:
        """Open a document, with the text of its file or another one."""
        shown = path.read_text() if text is None else text
        self._versions[path.as_uri()] = 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(path.as_uri(), "yaml", 1, shown))
        )

    def type(self, path: Path, text: str) -> None:
        """Give a document another text."""
        uri = path.as_uri()
        self._versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=self._versions[uri], uri=uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def close(self, path: Path) -> None:
        """Close a document without saving it."""
        self.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(path.as_uri()))
        )

    def tell(self, *events: tuple[Path, types.FileChangeType]) -> None:
        """Say what happened to files on the disk."""
        changes = [types.FileEvent(path.as_uri(), kind) for path, kind in events]
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes))

    async def settle(self, path: Path) -> None:
        """Wait until all that was said so far is judged: `path` must be open."""
        await self.lenses(path)

    def diagnostics(self, path: Path) -> Sequence[types.Diagnostic]:
        """Return what is shown of a file."""
        return self.client.diagnostics.get(path.as_uri(), [])

    def codes(self, path: Path) -> list[str]:
        """Return the rules that are shown of a file, and the first words of what has no rule."""
        return sorted(str(item.code or item.message.split(":")[0]) for item in self.diagnostics(path))

    async def lenses(self, path: Path) -> list[str]:
        """Return the titles of the document's lenses."""
        found = await self.client.text_document_code_lens_async(
            types.CodeLensParams(types.TextDocumentIdentifier(path.as_uri()))
        )
        return [lens.command.title for lens in found or [] if lens.command is not None]

    async def hover(self, path: Path, line: int, character: int) -> str:
        """Return what is shown over a position (0-based)."""
        found = await self.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(path.as_uri()), types.Position(line, character))
        )
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def complete(self, path: Path, line: int, character: int) -> list[types.CompletionItem]:
        """Return what may be written at a position (0-based), the first first."""
        found = await self.client.text_document_completion_async(
            types.CompletionParams(
                types.TextDocumentIdentifier(path.as_uri()), types.Position(line, character)
            )
        )
        assert isinstance(found, Sequence)
        return sorted(found, key=lambda item: item.sort_text or item.label)

    async def actions(self, path: Path, line: int) -> list[types.CodeAction]:
        """Return what can be done about a line (0-based)."""
        place = types.Range(types.Position(line, 0), types.Position(line, 1))
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(path.as_uri()), place, types.CodeActionContext([])
            )
        )
        return [item for item in found or [] if isinstance(item, types.CodeAction)]


@asynccontextmanager
async def editor(
    *folders: Path, capabilities: types.ClientCapabilities | None = None
) -> AsyncIterator[Editor]:
    """Start a server for an editor with these folders open, and end it as the protocol asks."""
    client: Any = make_test_lsp_client()
    # What the server asks of a client, and pytest-lsp's client does not know.
    for method in (types.CLIENT_REGISTER_CAPABILITY, types.WORKSPACE_CODE_LENS_REFRESH):
        client.feature(method)(lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = get_fork_server().Process(
            target=serve_socket, args=(listening, folders[0] if folders else Path("/"), environment())
        )
        process.start()
        await client.start_tcp(*listening.getsockname())
    try:
        result = await client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities or client_capabilities("visual-studio-code"),
                workspace_folders=[types.WorkspaceFolder(path.as_uri(), path.name) for path in folders],
            )
        )
        yield Editor(client, result, process)
        await client.shutdown_session()
        await asyncio.to_thread(process.join, LIMIT)
        assert process.exitcode == 0
    finally:
        process.kill()
        await client.stop()
        process.join()
        process.close()


def apply(text: str, edits: Sequence[Any]) -> str:
    """Return a text with edits made (positions in UTF-16, all characters of the text in the BMP)."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    spans = [
        (
            starts[edit.range.start.line] + edit.range.start.character,
            starts[edit.range.end.line] + edit.range.end.character,
            edit.new_text,
        )
        for edit in edits
    ]
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
