"""Keeps what was worked out of vpnlint's rules in the user's cache folder, so that the next run need not.

Findings, and what a repository holds, are never kept. A file that is damaged, made by another version or of
other rules, or owned by somebody else counts as absent, and where nothing can be written nothing is kept.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from binascii import crc32
from contextlib import suppress
from typing import Any

from vpnlint import __version__

_MAGIC = b"vpnlint cache 1\n"
_PACKAGE = os.path.dirname(os.path.abspath(__file__))
# What is kept is made by the code of these folders; a checkout changes it without a new version.
_MAKERS = ("ruleset", "source")
_OLD = 30 * 24 * 3600


class Cache:
    """Values by name, each with the key that it was made for; both hold plain data as marshal takes it."""

    def __init__(self, folder: str | None) -> None:
        """Take the folder; None: keep nothing."""
        self._folder = folder

    def load(self, name: str, key: object) -> Any:  # noqa: ANN401  (plain data of any shape)
        """Return the value kept under a name for this very key, or None."""
        if self._folder is None:
            return None
        try:
            descriptor = os.open(self._path(name), os.O_RDONLY | getattr(os, "O_BINARY", 0))
            with os.fdopen(descriptor, "rb") as file:
                if hasattr(os, "geteuid") and os.fstat(descriptor).st_uid != os.geteuid():
                    return None
                data = file.read()
            head = len(_MAGIC) + 4
            if data[:head] != _MAGIC + crc32(data[head:]).to_bytes(4, "big"):
                return None
            made_by, made_for, value = marshal.loads(data[head:])
        except (OSError, ValueError, EOFError, TypeError):
            return None
        return value if made_by == _makers() and made_for == key else None

    def save(self, name: str, key: object, value: object) -> None:
        """Keep a value under a name for a key, whole or not at all."""
        if self._folder is None:
            return
        path = self._path(name)
        draft = f"{path}.{os.getpid()}"
        made: Any = (_makers(), key, value)
        payload = marshal.dumps(made)
        with suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            self._tidy(self._folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            try:
                with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
                    file.write(_MAGIC + crc32(payload).to_bytes(4, "big") + payload)
                os.replace(draft, path)
            except OSError:
                os.unlink(draft)
                raise

    def _path(self, name: str) -> str:
        """Return the file of a name; each Python and each place that vpnlint is installed in has its own."""
        mine = crc32(f"{__version__} {sys.version} {_PACKAGE}".encode("utf-8", "surrogatepass"))
        return os.path.join(self._folder or "", f"{name}-{mine:08x}")

    @staticmethod
    def _tidy(folder: str) -> None:
        """Remove what other versions left behind long ago."""
        before = time.time() - _OLD
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before:
                    os.unlink(entry.path)


NO_CACHE = Cache(None)


def user_cache() -> Cache:
    """Return the cache in the user's cache folder: XDG_CACHE_HOME, LOCALAPPDATA on Windows, or ~/.cache."""
    home = os.path.expanduser("~")
    default = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    folder = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or default
    # The specification asks for an absolute path; any other would depend on the working directory.
    return Cache(os.path.join(folder, "vpnlint", "compiled") if os.path.isabs(folder) else None)


def _makers() -> list[tuple[str, int, int]]:
    """Return the name, size and time of each module that makes what is kept."""
    made_by = []
    for folder in _MAKERS:
        with os.scandir(os.path.join(_PACKAGE, folder)) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    made_by.append((f"{folder}/{entry.name}", status.st_size, status.st_mtime_ns))
    return sorted(made_by)
