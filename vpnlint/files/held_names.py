"""The words of files, each of which may be the name of an object that is defined elsewhere."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator

from vpnlint.files.facts import Place
from vpnlint.source.deferred_pattern import defer_pattern

# A name has 253 characters at most, and its variables a few more.
_LONGEST_NAME = 2000
_VARIABLE = defer_pattern(r"\$\{[^}]*\}")


class HeldNames:
    """How many files hold each word, and the words of each file."""

    def __init__(self) -> None:
        """Start with no word."""
        self._files: Counter[str] = Counter()
        self._words: dict[Place, set[str]] = {}
        self._sorted: list[str] = []
        self._reversed: list[str] = []
        self._known: dict[str, bool] = {}

    def add(self, path: Place, words: Iterable[str]) -> None:
        """Take words of a file."""
        held = self._words.setdefault(path, set())
        new = set(words) - held
        if new:
            held |= new
            self._files.update(new)
            self._change()

    def forget(self, path: Place) -> None:
        """Forget the words of a file."""
        for word in self._words.pop(path, ()):
            self._files[word] -= 1
            if not self._files[word]:
                del self._files[word]
        self._change()

    def _change(self) -> None:
        """Forget what was worked out of the words."""
        if self._known or self._sorted or self._reversed:
            self._known, self._sorted, self._reversed = {}, [], []

    def is_held_by(self, path: Place, word: str) -> bool:
        """Tell whether a file holds a word."""
        return word in self._words.get(path, ())

    def may_hold(self, name: str) -> bool:
        """Tell whether any file may hold a name, in which variables stand for any text."""
        if "${" not in name:
            return name in self._files
        known = self._known.get(name)
        if known is None:
            parts = _VARIABLE.split(name) if len(name) <= _LONGEST_NAME else []
            known = len(parts) > 1 and any(_holds_in_order(word, parts) for word in self._fitting(parts))
            self._known[name] = known
        return known

    def _fitting(self, parts: list[str]) -> Iterator[str]:
        """Yield the words that start with the first part, or that end with the last where that says more."""
        if len(parts[0]) >= len(parts[-1]):
            self._sorted = self._sorted or sorted(self._files)
            return _starting(self._sorted, parts[0])
        self._reversed = self._reversed or sorted(word[::-1] for word in self._files)
        return (word[::-1] for word in _starting(self._reversed, parts[-1][::-1]))


def _starting(words: list[str], text: str) -> Iterator[str]:
    """Yield those of sorted words that start with a text."""
    for place in range(bisect_left(words, text), len(words)):
        if not words[place].startswith(text):
            return
        yield words[place]


def _holds_in_order(word: str, parts: list[str]) -> bool:
    """Tell whether a word starts with the first part, ends with the last, with the rest between, in order."""
    first, *between, last = parts
    if not word.startswith(first) or not word.endswith(last) or len(word) < len(first) + len(last):
        return False
    at, end = len(first), len(word) - len(last)
    for part in between:
        found = word.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
