"""Hostile messages to the language server: each is answered or logged, and the next one works."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.fork_server import get_fork_server
from tests.fuzz.cases import Link, read, repositories
from tests.fuzz.search import search_sessions
from tests.fuzz.sessions import Message, complaints

_SESSIONS: dict[str, list[Message]] = read("sessions.yaml")
_DEEP = '{"jsonrpc":"2.0","method":"x","params":' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.fixture(scope="module")
def alone() -> Iterator[ProcessPoolExecutor]:
    """A process without threads, which may fork."""
    with ProcessPoolExecutor(1, get_fork_server()) as pool:
        yield pool


@pytest.mark.parametrize("name", _SESSIONS)
def test_a_hostile_session(name: str, alone: ProcessPoolExecutor) -> None:
    assert alone.submit(complaints, _SESSIONS[name]).result() == []


def test_a_message_that_is_too_deep(alone: ProcessPoolExecutor) -> None:
    assert alone.submit(complaints, [_DEEP]).result() == []


def test_no_value_of_a_secret_is_told(alone: ProcessPoolExecutor) -> None:
    files = repositories()["secrets"]
    asked: list[Message] = []
    for path, text in files.items():
        about = {"uri": f"FOLDER/{path}"}
        opened = {"languageId": "yaml", "version": 1, "text": text, **about}
        asked.append({"method": "textDocument/didOpen", "params": {"textDocument": opened}})
        asked.append(
            {"id": f"{path} lens", "method": "textDocument/codeLens", "params": {"textDocument": about}}
        )
        for line in range(str(text).count("\n")):
            place = {"line": line, "character": 8}
            area = {"start": place, "end": place}
            parameters = {
                "textDocument": about,
                "position": place,
                "range": area,
                "context": {"diagnostics": []},
            }
            for method in ("hover", "completion", "codeAction"):
                identity = f"{path} {line} {method}"
                message = {"id": identity, "method": f"textDocument/{method}", "params": parameters}
                asked.append(message)
    assert alone.submit(complaints, asked, files).result() == []


def test_a_document_behind_a_link_that_leads_outside(alone: ProcessPoolExecutor) -> None:
    link = {"out": Link("/etc"), "secret.yaml": Link("/etc/passwd")}
    opened: list[Message] = [
        {
            "method": "textDocument/didOpen",
            "params": {
                "textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": "image: qbittorrent"}
            },
        }
        for uri in ("FOLDER/out/new.yaml", "FOLDER/secret.yaml", "FOLDER/out/passwd")
    ]
    assert alone.submit(complaints, opened, link).result() == []


def test_a_search_finds_what_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.search.complaints", lambda _: ["something"])
    with pytest.raises(AssertionError):
        search_sessions(1)


def test_what_does_not_hold_is_seen(alone: ProcessPoolExecutor) -> None:
    early: list[Message] = [{"id": 2, "method": "shutdown"}, {"method": "exit"}]
    found = alone.submit(complaints, early).result()
    assert any("the good file is not judged" in complaint for complaint in found)
