"""CEL that an earlier run compiled, by the name of what it is for: `no-vpn/1/say`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from vpnlint.ruleset.cache import NO_CACHE, Cache
from vpnlint.ruleset.data_file import read_files

_FILE = "expressions"


class KeptExpressions:
    """Compiled expressions as plain data; those of other rules, or by another CEL library, are never met."""

    def __init__(self, cache: Cache = NO_CACHE, folders: Iterable[FilePath] = ()) -> None:
        """Take the cache, and the folders whose files the expressions are made of."""
        self._cache = cache
        self._key: object = None
        if cache is not NO_CACHE:
            self._key = [_library(), *(read_files(folder) for folder in folders)]
        kept = cache.load(_FILE, self._key)
        self._values: dict[str, Any] = kept if isinstance(kept, dict) else {}
        self._is_changed = False

    def get(self, name: str) -> Any:  # noqa: ANN401  (what was added)
        """Return what was added under a name, or None."""
        return self._values.get(name)

    def add(self, values: Mapping[str, Any]) -> None:
        """Remember values by their names, for this run and for later ones."""
        self._values.update(values)
        self._is_changed = True

    def save(self) -> None:
        """Keep for later runs what this one added."""
        if self._is_changed:
            self._cache.save(_FILE, self._key, self._values)
            self._is_changed = False


def _library() -> tuple[str, int, int]:
    """Return what tells one build of the CEL library from another."""
    from cel_expr_python import cel

    status = os.stat(cel.__file__)
    return cel.__file__, status.st_size, status.st_mtime_ns
