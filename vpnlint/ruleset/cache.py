"""Keeps parsed and compiled rules in the user's cache folder, so that the next run starts faster.

The cache never holds findings or anything from a repository. A file counts as absent if it is damaged, made
by another version or from other rules, or owned by somebody else. If nothing can be written, nothing is kept.
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
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The code in these folders makes the values; in a checkout it changes without a new version.
_MAKERS = ("ruleset", "source")
_OLD = 30 * 24 * 3600


class Cache:
    """Values by name, each with the key it was made for; both are plain data that marshal can write."""

    def __init__(self, folder: str | None) -> None:
        """Take the folder; with None the cache keeps nothing."""
        self._folder = folder

    def load(self, name: str, key: object) -> Any:  # noqa: ANN401  (plain data of any shape)
        """Return the value kept under a name for exactly this key, or None."""
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
        return value if made_by == _list_makers() and made_for == key else None

    def save(self, name: str, key: object, value: object) -> None:
        """Keep a value under a name for a key; the file is written completely or not at all."""
        if self._folder is None:
            return
        path = self._path(name)
        draft = f"{path}.{os.getpid()}"
        record: Any = (_list_makers(), key, value)
        payload = marshal.dumps(record)
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
        """Return the file for a name; each Python and each installation of vpnlint has its own."""
        mine = crc32(f"{__version__} {sys.version} {_PACKAGE}".encode("utf-8", "surrogatepass"))
        return os.path.join(self._folder or "", f"{name}-{mine:08x}")

    @staticmethod
    def _tidy(folder: str) -> None:
        """Remove files that other versions left behind long ago."""
        before = time.time() - _OLD
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before:
                    os.unlink(entry.path)


NO_CACHE = Cache(None)


def find_user_cache() -> Cache:
    """Return the cache in the user's cache folder: XDG_CACHE_HOME, LOCALAPPDATA on Windows, or ~/.cache."""
    home = os.path.expanduser("~")
    default = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    folder = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or default
    # The specification asks for an absolute path; any other would depend on the working directory.
    return Cache(os.path.join(folder, "vpnlint", "compiled") if os.path.isabs(folder) else None)


def _list_makers() -> list[tuple[str, int, int]]:
    """Return the name, size and time of each module that makes the values."""
    made_by = []
    for folder in _MAKERS:
        with os.scandir(os.path.join(_PACKAGE, folder)) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    made_by.append((f"{folder}/{entry.name}", status.st_size, status.st_mtime_ns))
    return sorted(made_by)
