"""What the user asked about, of all that is read to answer it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from vpnlint.files.discover import STANDARD_INPUT, shown


class Scope:
    """What the user asked about: the files named, and those below the folders named."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Take the paths as they were given."""
        given = [path for path in paths if path != STANDARD_INPUT]
        self._files = {shown(path) for path in given if not os.path.isdir(path)}
        self._known: dict[str, bool] = {}
        self._folders = tuple(
            os.path.join(os.path.abspath(path), "") for path in given if os.path.isdir(path)
        )

    def __contains__(self, name: str) -> bool:
        """Tell whether a file, by the name that users see or absolute, was asked about."""
        known = self._known.get(name)
        if known is None:
            known = shown(name) in self._files or os.path.abspath(name).startswith(self._folders)
            self._known[name] = known
        return known
