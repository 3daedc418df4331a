"""sprig's functions on versions (github.com/Masterminds/sprig 3.3, semver.go).

Source of what a constraint means: github.com/Masterminds/semver v3.5.0, version.go and constraints.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.go_template.data import Value, format_value
from vpnlint.source.go_template.limits import Undecidable

_PRE = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
# More digits than these are more than Go takes.
_NUMBER = "[0-9]{1,19}"
_VERSION = defer_pattern(
    rf"v?(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER}))?(?:\.(?P<patch>{_NUMBER}))?{_PRE}"
)
_PART = rf"(?:{_NUMBER}|[xX*])"
_WANTED = rf"v?{_PART}(?:\.{_PART}){{0,2}}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?"
_SIGN = r"(?:>=|=>|<=|=<|!=|~>|[=><~^])?"
_GROUP = defer_pattern(rf"\s*{_SIGN}\s*{_WANTED}\s*(?:(?:\s+|,\s*){_SIGN}\s*{_WANTED}\s*)*")
_ONE = defer_pattern(
    rf"(?P<sign>{_SIGN})\s*v?(?P<major>{_PART})(?:\.(?P<minor>{_PART}))?(?:\.(?P<patch>{_PART}))?{_PRE}"
)
_RANGE = defer_pattern(rf"\s*({_WANTED})\s+-\s+({_WANTED})\s*")
# What a constraint may be at most (constraints.go).
_LENGTH, _GROUPS = 512, 32


class _Version(NamedTuple):
    """A version; pre: what follows its `-`, in order, behind whether it has none: it comes last then."""

    major: int
    minor: int
    patch: int
    pre: tuple[bool, tuple[tuple[bool, int, str], ...]]


class _Constraint(NamedTuple):
    """A version as it is wanted; given: how many of its three numbers are no wildcard."""

    sign: str
    version: _Version
    given: int

    def allows(self, version: _Version) -> bool:
        """Tell whether a version fits; whether its pre-release counts was asked before."""
        numbers, wanted = version[: self.given], self.version[: self.given]
        if self.sign in ("", "="):
            return version == self.version if self.given == 3 else self._is_about(version)
        if self.sign == "!=" and self.given in (0, 3):
            return version != self.version
        if self.sign == "!=":
            return numbers != wanted or (self.given == 2 and version.pre != self.version.pre)
        if self.sign == ">":
            return version > self.version if self.given in (0, 3) else numbers > wanted
        if self.sign == "<":
            return version < self.version
        if self.sign in (">=", "=>"):
            return version >= self.version
        if self.sign in ("<=", "=<"):
            same = self.given or 2
            return version <= self.version if self.given == 3 else version[:same] <= self.version[:same]
        return self._is_about(version) if self.sign in ("~", "~>") else self._is_compatible(version)

    def _is_about(self, version: _Version) -> bool:
        """Tell whether all but the last given number are equal (`~1.2.3`), and the version is no earlier."""
        same = min(self.given, 2)
        everything = self.given in (0, 3) and not any(self.version[:3])
        return version >= self.version and (everything or version[:same] == self.version[:same])

    def _is_compatible(self, version: _Version) -> bool:
        """Tell whether all up to the first number that is not zero are equal (`^1.2.3`)."""
        numbers = self.version[: self.given or 3]
        same = next((place for place, number in enumerate(numbers, 1) if number), len(numbers))
        return version >= self.version and version[:same] == self.version[:same]


def _read_pre(text: str | None) -> tuple[bool, tuple[tuple[bool, int, str], ...]]:
    """Return a pre-release as it is compared: numbers by their value, and before words."""
    parts = (text or "").split(".")
    return not text, tuple(
        (False, int(part[:19]), "") if part.isdigit() else (True, 0, part) for part in parts
    )


def _read_version(text: Value) -> _Version:
    match = _VERSION.fullmatch(format_value(text))
    if match is None:
        raise Undecidable("semverCompare is given no version")
    major, minor, patch = (int(match[name] or 0) for name in ("major", "minor", "patch"))
    return _Version(major, minor, patch, _read_pre(match["pre"]))


def _read_constraint(match: re.Match[str]) -> _Constraint:
    numbers: list[int] = []
    for name in ("major", "minor", "patch"):
        if match[name] is None or not match[name].isdigit():
            break
        numbers.append(int(match[name]))
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return _Constraint(match["sign"], _Version(major, minor, patch, _read_pre(match["pre"])), len(numbers))


def _compare(constraint: Value, version: Value) -> bool:
    """Tell whether a version fits a constraint, such as `>=1.19-0`.

    One with a pre-release fits only where the constraint has one, too.
    """
    text, found = format_value(constraint), _read_version(version)
    groups = _RANGE.sub(r">=\1, <=\2 ", text).split("||")
    if len(text) > _LENGTH or len(groups) > _GROUPS or not all(map(_GROUP.fullmatch, groups)):
        raise Undecidable("semverCompare is given no constraint")
    for group in groups:
        wanted = [_read_constraint(match) for match in _ONE.finditer(group)]
        if not found.pre[0] and all(one.version.pre[0] for one in wanted):
            continue
        if all(one.allows(found) for one in wanted):
            return True
    return False


VERSION_FUNCTIONS: dict[str, Callable[..., Value]] = {"semverCompare": _compare}
