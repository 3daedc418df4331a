"""The operators of Flux's `${NAME…}`, except for defaults.

Source: github.com/fluxcd/pkg/envsubst v1.5.0 to v1.7.0, funcs.go and path/match.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from vpnlint.source.deferred_pattern import defer_pattern

_MEMBER = r"(?:\\.|[^\\\]-])"
_RANGE = defer_pattern(rf"({_MEMBER})(?:-({_MEMBER}))?", re.DOTALL)
_GLOB = defer_pattern(
    rf"(?P<star>\*+)|\[(?P<not>\^?+)(?P<class>(?:{_MEMBER}(?:-{_MEMBER})?)+)\]|\\.|[^\\\[*]", re.DOTALL
)
_INTEGER = defer_pattern(r"[+-]?[0-9]{1,18}")


def _count_bytes(value: str, *_: str) -> str:
    return str(len(value.encode()))


def _trim(value: str, pattern: str, *, longest: bool) -> str:
    """Return the value without its longest or shortest prefix of one character or more that matches."""
    glob = _compile_glob(pattern, longest)
    match = glob.match(value) if glob is not None else None
    return value if match is None else value[match.end() :]


def _trim_end(value: str, pattern: str, *, longest: bool) -> str:
    # Flux reverses both, so a class in brackets loses its meaning.
    return _trim(value[::-1], pattern[::-1], longest=longest)[::-1]


def _change_case(value: str, change: Callable[[str], str], first: bool) -> str:
    changed = [change(character) for character in (value[:1] if first else value)]
    # Go maps one character to one: ß has no upper case.
    kept = [new if len(new) == 1 else old for new, old in zip(changed, value, strict=False)]
    return "".join(kept) + (value[1:] if first else "")


def _cut_bytes(value: str, start: str, length: str | None = None) -> str:
    data = value.encode()
    if not _INTEGER.fullmatch(start):
        return value
    begin = int(start)
    if begin < 0:
        begin = max(len(data) + begin, 0)
    end = len(data)
    if length is not None:
        if not _INTEGER.fullmatch(length):
            return value
        end = begin + int(length)
        if end < min(begin, len(data)):
            raise ValueError("Flux fails at a substring of negative length")
    try:
        return data[begin:end].decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            "Flux counts bytes, cuts a character in two here and cannot read the result"
        ) from error


def _replace(value: str, pattern: str, replacement: str = "", *, count: int) -> str:
    return value.replace(pattern, replacement, count)


def _replace_start(value: str, pattern: str, replacement: str | None = None) -> str:
    if replacement is None or not value.startswith(pattern):
        return value
    return replacement + value[len(pattern) :]


def _replace_end(value: str, pattern: str, replacement: str | None = None) -> str:
    if replacement is None or not value.endswith(pattern):
        return value
    return value[: len(value) - len(pattern)] + replacement


def _compile_glob(pattern: str, longest: bool) -> re.Pattern[str] | None:
    """Return a shell pattern as a regular expression for a prefix; None if it is empty or malformed."""
    chunks = [""]
    at = 0
    while at < len(pattern):
        token = _GLOB.match(pattern, at)
        if token is None:
            return None
        at = token.end()
        if token["star"]:
            chunks.append("")
        elif token["class"]:
            chunks[-1] += _write_class(token["not"], token["class"])
        else:
            chunks[-1] += "." if token[0] == "?" else re.escape(token[0][-1])
    first, *middle = chunks
    if not middle:
        return re.compile(first, re.DOTALL) if first else None
    last = middle.pop()
    # The first match of a part between stars is as good as any; without backtracking, many stars cost no
    # more than one.
    between = "".join(f"(?>.*?{chunk})" for chunk in middle)
    star = ".*" if longest else ".*?"
    if not (first or between or last or longest):
        star = "."
    return re.compile(f"(?=.){first}{between}{star}{last}", re.DOTALL)


def _write_class(negated: str, ranges: str) -> str:
    """Return a shell pattern's class as a regular expression; a backward range matches nothing."""
    parts = ""
    for start, end in _RANGE.findall(ranges):
        low, high = start[-1], (end or start)[-1]
        parts += f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
    return f"[{negated}{parts}]" if parts else "." if negated else "(?!)"


FUNCTIONS: Mapping[str, Callable[..., str]] = {
    "#": lambda value, *pattern: _trim(value, *pattern, longest=False) if pattern else _count_bytes(value),
    "##": lambda value, pattern: _trim(value, pattern, longest=True),
    "%": lambda value, pattern: _trim_end(value, pattern, longest=False),
    "%%": lambda value, pattern: _trim_end(value, pattern, longest=True),
    ",": lambda value: _change_case(value, str.lower, first=True),
    ",,": lambda value: _change_case(value, str.lower, first=False),
    "^": lambda value: _change_case(value, str.upper, first=True),
    "^^": lambda value: _change_case(value, str.upper, first=False),
    ":": _cut_bytes,
    "/": lambda value, *arguments: _replace(value, *arguments, count=1),
    "//": lambda value, *arguments: _replace(value, *arguments, count=-1),
    "/#": _replace_start,
    "/%": _replace_end,
}
