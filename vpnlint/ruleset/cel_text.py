"""CEL as text: tokens, and expressions composed of others. This module knows nothing of CEL's meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from vpnlint.source.deferred_pattern import defer_pattern

_STRING = r"""(?:\b[rR])?"(?:\\.|[^"\\])*"|(?:\b[rR])?'(?:\\.|[^'\\])*'"""
_TOKEN = defer_pattern(
    rf"""
    (?P<string>{_STRING})
    | (?P<number>\d[\w.]*)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<space>\s+)
    | (?P<mark>.)
    """,
    re.DOTALL | re.VERBOSE,
)
# A string, a field behind a dot (`.name`, `.?name`), a number, or a variable.
_VARIABLE = defer_pattern(
    rf"{_STRING}|\.\s*\??\s*[A-Za-z_]\w*|\d[\w.]*|(?P<variable>[A-Za-z_]\w*)", re.DOTALL
)


class Token(NamedTuple):
    """A token of CEL: its kind (string, number, name, space or mark), its text, and where it starts."""

    kind: str
    text: str
    start: int


def split_cel(text: str) -> Iterator[Token]:
    """Yield the tokens of a CEL expression; joined, they are the expression again."""
    for match in _TOKEN.finditer(text):
        yield Token(str(match.lastgroup), match[0], match.start())


def replace_members(text: str, base: str, replacement: Callable[[str], str | None]) -> str:
    """Return the expression with each `base.NAME` replaced by `replacement(NAME)`; None keeps it.

    Strings stay as they are, and so do fields with the name of the base (`x.base.NAME`).
    """

    def replace(match: re.Match[str]) -> str:
        name = match["member"]
        new = replacement(name) if name is not None else None
        return match[0] if new is None else new

    return _member_pattern(base).sub(replace, text)


@cache
def _member_pattern(base: str) -> re.Pattern[str]:
    return re.compile(rf"{_STRING}|(?<![\w.]){base}\.(?P<member>[A-Za-z_]\w*)", re.DOTALL)


def replace_names(text: str, names: Mapping[str, str]) -> str:
    """Return the expression with the variables of these names replaced; fields and strings stay."""
    if not names:
        return text

    def replace(match: re.Match[str]) -> str:
        return names.get(match["variable"] or "") or match[0]

    return _VARIABLE.sub(replace, text)


def bind_values(values: Sequence[tuple[str, str]], body: str) -> str:
    """Return the expression `body` with each name bound to its expression, which is evaluated once.

    Each name comes after those that it needs. A list of one item binds a name in every CEL; Kubernetes lacks
    cel.bind. Values that do not need each other are bound together, as the fields of one map, because cel-cpp
    parses no more than 32 levels.
    """
    levels: list[list[tuple[str, str]]] = []
    level_of: dict[str, int] = {}
    for name, expression in values:
        used = {token.text for token in split_cel(expression) if token.kind == "name"} & level_of.keys()
        level_of[name] = max((level_of[other] + 1 for other in used), default=0)
        if level_of[name] == len(levels):
            levels.append([])
        levels[level_of[name]].append((name, expression))
    places = {name: f"let{number}.{name}" for name, number in level_of.items()}
    text = replace_names(body, places)
    for number in range(len(levels) - 1, -1, -1):
        fields = ", ".join(f'"{name}": dyn({replace_names(one, places)})' for name, one in levels[number])
        text = f"[{{{fields}}}].map(let{number}, {text})[0]"
    return text
