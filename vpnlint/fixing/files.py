"""Reads and writes the files to edit."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from pathlib import Path

from vpnlint.errors import InputError, UsageError
from vpnlint.files.inside import find_repository, is_inside
from vpnlint.files.reading import File, decode
from vpnlint.files.writing import write_file


class EditableFiles:
    """Reads files by the names in findings, and writes them unless they changed since."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._data: dict[str, bytes | None] = {}

    def read(self, name: str) -> str | None:
        """Return the text of a file without byte order mark; None if it is not editable.

        It must be a file inside its repository, in UTF-8.
        """
        if name not in self._data:
            self._data[name] = _read(name)
        data = self._data[name]
        if data is None:
            return None
        try:
            return decode(File(name, data))
        except InputError:
            return None

    def write(self, texts: Mapping[str, str]) -> None:
        """Write the new texts of files, each whole or not at all, with the byte order mark that they had.

        Raises UsageError where a file cannot be written or has changed since it was read; those before it are
        written.
        """
        for name, text in texts.items():
            data = self._data.get(name)
            if data is None or _read(name) != data:
                raise UsageError(f"{name}: has changed meanwhile; run vpnlint fix again")
            mark = "\ufeff" if data.startswith(codecs.BOM_UTF8) else ""
            write_file(Path(name), mark + text)


def _read(name: str) -> bytes | None:
    path = os.path.abspath(name)
    if not os.path.isfile(path) or not is_inside(path, _repository(path)):
        return None
    try:
        data = Path(path).read_bytes()
    except OSError:
        return None
    return None if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else data


def _repository(path: str) -> str:
    """Return the repository that contains a file's name, without following links."""
    return find_repository(os.path.dirname(path))
