"""Documents that were parsed for their facts, kept for who resolves them."""

from __future__ import annotations

from collections.abc import Sequence

from vpnlint.files.facts import Place
from vpnlint.source.document import SkimmedDocument
from vpnlint.source.source_node import SourceNode

# In characters of all files together; parsed, a character takes some 50 bytes.
_ROOM = 1 << 17


class ParsedFiles:
    """The documents of files, none of them left out but empty ones, as long as there is room."""

    def __init__(self) -> None:
        """Start with no file."""
        self._files: dict[Place, Sequence[SkimmedDocument]] = {}
        self._room = _ROOM

    def keep(self, path: Place, documents: Sequence[SkimmedDocument], *, needed: bool) -> None:
        """Keep the documents of a file if they are needed again and there is room, else free their memory."""
        size = _measure(documents)
        if needed and size <= self._room and path not in self._files:
            self._files[path] = documents
            self._room -= size
        else:
            for document in documents:
                if isinstance(document.root, SourceNode):
                    document.root.forget()

    def find(self, path: Place) -> Sequence[SkimmedDocument] | None:
        """Return the documents of a file, None if they are not kept."""
        return self._files.get(path)

    def forget(self, path: Place) -> None:
        """Forget a file, which changed."""
        self._room += _measure(self._files.pop(path, ()))


def _measure(documents: Sequence[SkimmedDocument]) -> int:
    return sum(len(document.text) for document in documents)
