"""Patterns for paths, as .gitignore and CI systems have them: `*` within a folder, `**` across folders."""

from __future__ import annotations

import re
from functools import cached_property

_PART = re.compile(r"(?P<across>(?:^|(?<=/))\*\*(?:/|$))|(?P<stars>\*+)|(?P<one>\?)|(?P<text>[^*?]+)")


class Glob:
    """A pattern. What it matches as a folder, it matches with all that lies below."""

    def __init__(self, pattern: str) -> None:
        """Take the pattern, with slashes, from the folder on that paths go from."""
        self.pattern = pattern
        self._path = pattern.removeprefix("./").rstrip("/")

    def __str__(self) -> str:
        return self.pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Glob) and self.pattern == other.pattern

    def __hash__(self) -> int:
        return hash(self.pattern)

    def matches(self, path: str) -> bool:
        """Tell whether a path, with slashes, matches."""
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
