"""CEL that an earlier run compiled, by a name such as `no-vpn ['cases', 1, 'say']`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from vpnlint.ruleset.cache import NO_CACHE, Cache
from vpnlint.ruleset.data_file import read_files

_FILE = "expressions"


class KeptExpressions:
    """Compiled expressions as plain data, valid for exactly these rules and this build of the CEL library."""

    def __init__(self, cache: Cache = NO_CACHE, folders: Iterable[FilePath] = ()) -> None:
        """Take the cache, and the folders whose files the expressions are made of."""
        self._cache = cache
        self._key: object = None
        if cache is not NO_CACHE:
            self._key = [_identify_library(), *(read_files(folder) for folder in folders)]
        kept = cache.load(_FILE, self._key)
        self._values: dict[str, Any] = kept if isinstance(kept, dict) else {}
        self._is_changed = False

    def get(self, name: str) -> Any:  # noqa: ANN401  (what was added)
        """Return the value that was added under a name, or None."""
        return self._values.get(name)

    def add(self, values: Mapping[str, Any]) -> None:
        """Remember values by their names, for this run and for later ones."""
        self._values.update(values)
        self._is_changed = True

    def save(self) -> None:
        """Keep the values that this run added for later runs, beside those of runs at the same time."""
        if self._is_changed:
            kept = self._cache.load(_FILE, self._key)
            others = kept if isinstance(kept, dict) else {}
            self._cache.save(_FILE, self._key, {**others, **self._values})
            self._is_changed = False


def _identify_library() -> tuple[str, int, int]:
    """Return the path, size and time of the CEL library, which identify its build."""
    from cel_expr_python import cel

    status = os.stat(cel.__file__)
    return cel.__file__, status.st_size, status.st_mtime_ns
