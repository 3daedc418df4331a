"""Path patterns like those of .gitignore and CI systems: `*` within a folder, `**` across folders."""

from __future__ import annotations

import re
from functools import cached_property

_PART = re.compile(r"(?P<across>(?:^|(?<=/))\*\*(?:/|$))|(?P<stars>\*+)|(?P<one>\?)|(?P<text>[^*?]+)")


class Glob:
    """A pattern; if it matches a folder, it matches everything below that folder, too."""

    def __init__(self, pattern: str) -> None:
        """Take the pattern, with slashes, relative to the folder that paths are relative to."""
        self.pattern = pattern
        self._path = pattern.removeprefix("./").rstrip("/")

    def __str__(self) -> str:
        return self.pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Glob) and self.pattern == other.pattern

    def __hash__(self) -> int:
        return hash(self.pattern)

    def matches(self, path: str) -> bool:
        """Tell whether the pattern matches a path with slashes."""
        return self._path in ("", ".") or self._regex.fullmatch(path) is not None

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        regex = ""
        for part in _PART.finditer(self._path):
            if part["across"]:
                regex += "(?:[^/]+/)*" if part["across"].endswith("/") else ".*"
            elif part["stars"]:
                regex += "[^/]*"
            elif part["one"]:
                regex += "[^/]"
            else:
                regex += re.escape(part["text"])
        return re.compile(f"{regex}(?:/.*)?", re.DOTALL)
