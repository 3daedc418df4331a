"""Path patterns like those of .gitignore and CI systems: `*` within a folder, `**` across folders."""

from __future__ import annotations

from functools import cached_property

from vpnlint.source.deferred_pattern import defer_pattern

_STARS = defer_pattern(r"\*+")


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
        """Tell whether a path, with slashes, matches.

        Takes at most as many steps as the product of both lengths, whatever a stranger's pattern is.
        """
        if self._path in ("", "."):
            return True
        # How many of the path's first folders the pattern so far may stand for.
        reached = {0}
        folders = path.split("/")
        for number, name in enumerate(self._names):
            if name is not None:
                reached = {at + 1 for at in reached if at < len(folders) and _fits(name, folders[at])}
            else:
                # `a/**` matches everything below a, but not a itself.
                first = min(reached) + (0 < number == len(self._names) - 1)
                reached = set(range(first, len(folders) + 1))
            if not reached:
                return False
        return True

    @cached_property
    def _names(self) -> list[str | None]:
        """The patterns of the names in the path; None is `**`, any number of folders."""
        names: list[str | None] = []
        for name in self._path.split("/"):
            if name != "**":
                names.append(_STARS.sub("*", name))
            elif not names or names[-1] is not None:
                names.append(None)
        return names


def _fits(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern, in which `*` is any text and `?` one character."""
    here = at = 0
    star = resumed = -1
    while at < len(name):
        sign = pattern[here : here + 1]
        if sign == "*":
            star, resumed = here, at
            here += 1
        elif sign in ("?", name[at]):
            here += 1
            at += 1
        elif star >= 0:
            # The last star takes one character more.
            resumed += 1
            here, at = star + 1, resumed
        else:
            return False
    return not pattern[here:].strip("*")
