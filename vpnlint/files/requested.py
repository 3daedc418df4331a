"""What the user asked about, of all that is read to answer it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from vpnlint.files.discover import STANDARD_INPUT, display_path
from vpnlint.files.inside import is_below


class Requested:
    """What the user asked about: the named files, and those below the named folders that are not excluded."""

    def __init__(self, paths: Sequence[str], is_excluded: Callable[[str], bool] = lambda _: False) -> None:
        """Take the paths as given, and what tells whether the configuration leaves a file out."""
        given = [path for path in paths if path != STANDARD_INPUT and "\0" not in path]
        # A link means what it leads to, too: a repository's files are known by one of their paths.
        both = [place for path in given for place in (os.path.abspath(path), os.path.realpath(path))]
        self.is_excluded = is_excluded
        self.files = {display_path(path) for path in both if not os.path.isdir(path)}
        self.folders = tuple(dict.fromkeys(path for path in both if os.path.isdir(path)))
        self._known: dict[str, bool] = {}

    def __contains__(self, file: str) -> bool:
        """Tell whether a file, by the name that users see or absolute, was asked about."""
        known = self._known.get(file)
        if known is None:
            path = os.path.abspath(file)
            known = any(is_below(path, folder) for folder in self.folders) or display_path(path) in self.files
            known = known and not self.is_excluded(path)
            self._known[file] = known
        return known
