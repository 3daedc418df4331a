"""An unexpected error while documents are judged: one line in the log, and all others are judged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import pytest
from lsprotocol import types

from tests.editor.client import asynchronous
from vpnlint.editor import updates as module
from vpnlint.editor.updates import Updates


class _Session:
    def __init__(self, encoding: str) -> None:
        self.encoding = encoding

    def update(self, folders: Sequence[str], texts: Mapping[str, str], *, reread: bool) -> dict[str, object]:
        if "bad" in texts.values():
            raise ZeroDivisionError("a bug")
        return {path: [path] for path in texts}

    def is_broken(self, path: str) -> bool:
        return True


class _Server:
    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.published: list[str] = []
        self.client_capabilities = SimpleNamespace(workspace=None)
        self.workspace = SimpleNamespace(
            folders={}, root_uri=None, position_encoding="utf-16", text_documents={}
        )

    def open(self, name: str, text: str) -> None:
        uri = f"file:///{name}.yaml"
        self.workspace.text_documents[uri] = SimpleNamespace(uri=uri, source=text)

    def report_server_error(self, error: Exception, source: object) -> None:
        self.errors.append(error)

    def text_document_publish_diagnostics(self, parameters: types.PublishDiagnosticsParams) -> None:
        self.published.append(parameters.uri)


@asynchronous
async def test_a_document_that_brings_a_bug_to_light_does_not_silence_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "Session", _Session)
    server = _Server()
    updates = Updates(server)  # type: ignore[arg-type]  # what it needs of a server
    server.open("good", "good")
    updates.schedule()
    await updates.ask("file:///good.yaml", lambda *_: None, None)
    server.open("other", "bad")
    for _ in range(2):
        updates.schedule()
        await updates.ask("file:///good.yaml", lambda *_: None, None)
    assert [str(error) for error in server.errors] == ["a bug"]
    assert server.published == ["file:///good.yaml"]
    server.open("other", "good")
    updates.schedule()
    await updates.ask("file:///good.yaml", lambda *_: None, None)
    assert server.published == ["file:///good.yaml", "file:///other.yaml"]


@asynchronous
async def test_a_question_that_brings_a_bug_to_light_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Session", _Session)
    server = _Server()
    updates = Updates(server)  # type: ignore[arg-type]  # what it needs of a server
    server.open("good", "good")
    updates.schedule()

    def answer(*_: object) -> str:
        raise ZeroDivisionError("a bug")

    assert await updates.ask("file:///good.yaml", answer, "nothing") == "nothing"
    assert await updates.ask("file:///good.yaml", lambda *_: "something", "nothing") == "something"
    assert len(server.errors) == 1
    await asyncio.sleep(0)
