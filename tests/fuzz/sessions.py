"""Messages of an editor to the language server, and what must hold whatever they are."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.fuzz.cases import CANARY, GOOD, GOOD_POD, Content, lay_out
from tests.fuzz.sandbox import MEMORY, SECONDS, Outcome, Talk, run

# A message, with FOLDER for the URI of the repository; text stands for itself.
Message = dict[str, Any] | str
_LAST = "the last one"
# Threads reserve address space that they do not use.
_MEMORY = MEMORY + (512 << 20)
_FEW = 3
_END: list[Message] = [{"id": "end", "method": "shutdown"}, {"method": "exit"}]


def complaints(messages: Sequence[Message], files: Mapping[str, Content] | None = None) -> list[str]:
    """Return what did not hold while a server was sent these messages; nothing if all did.

    Requests are answered, an error is a line of the log, and the server can still be asked afterwards.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "repository"
        folder.mkdir()
        lay_out(files or {}, folder)
        sent = [*_begin(folder), *messages, *_ask(folder)]
        texts = [b"".join(_frame(message, folder) for message in part) for part in (sent, _END)]
        outcome = run(("lsp",), folder, Talk(texts[0], f'"id": "{_LAST}"'.encode(), texts[1]), _MEMORY)
    return [*_complaints(sent, outcome)]


def _begin(folder: Path) -> Iterator[Message]:
    parameters: dict[str, Any] = {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
    yield {"id": 1, "method": "initialize", "params": parameters}
    yield {"method": "initialized", "params": {}}


def _ask(folder: Path) -> Iterator[Message]:
    document = {"uri": f"{folder.as_uri()}/{GOOD}", "languageId": "yaml", "version": 1, "text": GOOD_POD}
    yield {"method": "textDocument/didOpen", "params": {"textDocument": document}}
    about = {"textDocument": {"uri": document["uri"]}}
    yield {"id": _LAST, "method": "textDocument/codeLens", "params": about}


def _frame(message: Message, folder: Path) -> bytes:
    text = message if isinstance(message, str) else json.dumps({"jsonrpc": "2.0", **message})
    body = text.replace("FOLDER", folder.as_uri()).encode("utf-8", "surrogatepass")
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def _complaints(sent: Sequence[Message], outcome: Outcome) -> Iterator[str]:
    if outcome.code < 0:
        yield f"ended by signal {-outcome.code}: more than {SECONDS} s"
        return
    if outcome.code != 0:
        yield f"exit code {outcome.code}: {outcome.output[-300:]!r}"
    for word in ("Traceback", "MemoryError", CANARY):
        if word in outcome.output:
            yield f"{word}: {outcome.output[max(0, outcome.output.index(word) - 300) :][:900]!r}"
    answers = {message.get("id"): message for message in _received(outcome.output) if "method" not in message}
    asked = [message["id"] for message in sent if isinstance(message, dict) and "id" in message]
    for identity in [identity for identity in asked if isinstance(identity, int | str)]:
        if identity not in answers:
            yield f"no answer to {identity!r}"
    # Not which egress: a document may hold a gateway for all namespaces, and then the good file has one.
    if " · egress " not in str(answers.get(_LAST)):
        yield f"the good file is not judged: {answers.get(_LAST)!r}"
    yield from outcome.forbidden[:_FEW]


def _received(output: str) -> Iterator[dict[str, Any]]:
    """Yield the messages of a server; what it writes beside them is passed over."""
    decoder = json.JSONDecoder()
    at = output.find("\r\n\r\n")
    while at >= 0:
        try:
            message, _ = decoder.raw_decode(output, at + 4)
        except ValueError:
            message = None
        if isinstance(message, dict):
            yield message
        at = output.find("\r\n\r\n", at + 4)
